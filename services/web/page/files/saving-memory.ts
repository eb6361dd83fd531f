import type { Sink } from './zip.ts';

/** Without a place on the disk, so many bytes may be in memory. */
export const MAX_MEMORY_BYTES = 500_000_000;

/** A file while it is put together. */
export interface SavingPlace extends Sink {
  end(): Promise<Blob>;
  /** The file is not needed, or has been handed over. */
  release(): void;
}

/** A file in memory. */
export function openMemory(): SavingPlace {
  const parts = new Map<number, Uint8Array<ArrayBuffer>>();
  return {
    async write(position, bytes) {
      parts.set(position, bytes.slice());
    },
    async cut(position) {
      for (const at of parts.keys()) if (at >= position) parts.delete(at);
    },
    async end() {
      const inOrder = [...parts].sort(([a], [b]) => a - b);
      return new Blob(inOrder.map(([, bytes]) => bytes));
    },
    release: () => parts.clear(),
  };
}
