/** Speed is that of the last seconds. */
const WINDOW_MS = 5_000;

/** How fast bytes go, and how long the rest takes. */
export function createMeter(now: () => number) {
  let samples: { atMs: number; bytes: number }[] = [];

  return {
    /** @param bytes sent in all */
    note(bytes: number): void {
      const atMs = now();
      const last = samples.at(-1);
      // What was cancelled is not counted any more.
      if (last && bytes < last.bytes) samples = [];
      samples.push({ atMs, bytes });
      while ((samples[0]?.atMs ?? atMs) < atMs - WINDOW_MS) samples.shift();
    },
    /** Bytes a second; undefined as long as it is not known. */
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
