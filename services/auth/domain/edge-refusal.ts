/** The edge's store answers, and takes none of the entries of one write. */
export class EdgeRefusal extends Error {
  /** `full`: the store has no room for these entries. `invalid`: it does not take one of them. */
  readonly reason: 'full' | 'invalid';

  constructor(reason: 'full' | 'invalid', options?: ErrorOptions) {
    super(reason === 'full' ? 'the KeyValueStore is full' : 'the KeyValueStore refuses this entry', options);
    this.name = 'EdgeRefusal';
    this.reason = reason;
  }
}
