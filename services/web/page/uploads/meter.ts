/** The speed is measured over these last seconds. */
const WINDOW_MS = 5_000;

/** The speed of the bytes, and the time for the rest. */
export function createMeter(now: () => number) {
  let samples: { atMs: number; bytes: number }[] = [];

  return {
    /** @param bytes the number of bytes sent in all */
    note(bytes: number): void {
      const atMs = now();
      const last = samples.at(-1);
      // Bytes of cancelled uploads do not count any more.
      if (last && bytes < last.bytes) samples = [];
      samples.push({ atMs, bytes });
      while ((samples[0]?.atMs ?? atMs) < atMs - WINDOW_MS) samples.shift();
    },
    /** Bytes per second. Undefined until it is known. */
    speed(): number | undefined {
      const [first] = samples;
      const last = samples.at(-1);
      if (!first || !last || last.atMs - first.atMs < 500) return undefined;
      return ((last.bytes - first.bytes) * 1_000) / (last.atMs - first.atMs);
    },
    reset(): void {
      samples = [];
    },
  };
}
