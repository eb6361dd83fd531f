/** The place of a record or pointer in the index of due work; undefined if it has none. */
export interface DuePlace {
  kind: 'untold' | 'expired' | 'provider';
  atEpoch: number;
}

/** Brings an index up to date. On AWS this happens a while after the write. */
export type IndexUpdate = () => void;

export type DueIndex<K> = ReturnType<typeof createIndex<K>>;

/** A sparse index that follows its items in the order of their writes. */
export function createIndex<K>(onIndex: (update: IndexUpdate) => void) {
  const places = new Map<K, { place: DuePlace | undefined; number: number }>();
  let writes = 0;
  return {
    set(key: K, place: DuePlace | undefined): void {
      const number = ++writes;
      onIndex(() => {
        if ((places.get(key)?.number ?? 0) < number) places.set(key, { place, number });
      });
    },
    list: (kind: DuePlace['kind'], untilEpoch: number): { key: K; atEpoch: number }[] =>
      [...places]
        .flatMap(([key, { place }]) => (place?.kind === kind ? [{ key, atEpoch: place.atEpoch }] : []))
        .filter(({ atEpoch }) => atEpoch <= untilEpoch)
        .toSorted((a, b) => a.atEpoch - b.atEpoch),
  };
}
