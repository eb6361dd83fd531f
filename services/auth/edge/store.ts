/** What the edge's store says of itself. The version changes with every write, whoever writes. */
export interface EdgeStoreState {
  version: string;
  bytes: number;
}

/** The KeyValueStore that the edge's function reads. */
export interface EdgeStore {
  describe(): Promise<EdgeStoreState>;
  /**
   * Writes at most 50 keys at once, and removes those whose entry is undefined.
   * @returns the state after the write; false if the store has another version. In that case nothing new is written
   * @throws EdgeRefusal if the store does not take these entries; other entries may be taken
   */
  write(
    version: string,
    entries: { key: string; entry: string | undefined }[],
  ): Promise<EdgeStoreState | false>;
}

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
