/** Values by key. The least recently used value goes first. */
export interface RecentlyUsed<Value> {
  get(key: string): Value | undefined;
  /** @param bytes the size that counts against the bound */
  set(key: string, value: Value, bytes: number): void;
  delete(key: string): void;
  keys(): Iterable<string>;
}

/** @param max the bounds; without `count` only bytes count */
export function createRecentlyUsed<Value>(max: { bytes: number; count?: number }): RecentlyUsed<Value> {
  const { count = Number.POSITIVE_INFINITY } = max;
  const kept = new Map<string, { value: Value; bytes: number }>();
  let sum = 0;

  function remove(key: string): void {
    sum -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  }

  return {
    get(key) {
      const entry = kept.get(key);
      if (!entry) return undefined;
      kept.delete(key);
      kept.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      kept.set(key, { value, bytes });
      sum += bytes;
      for (const oldest of kept.keys()) {
        if (kept.size <= count && sum <= max.bytes) break;
        remove(oldest);
      }
    },
    delete: remove,
    keys: () => kept.keys(),
  };
}
