/** Runs jobs, `maxAtOnce` of them at once, in the order in which they came. */
export function createQueue(maxAtOnce: number) {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;

  function runNext(): void {
    const job = running < maxAtOnce ? waiting.shift() : undefined;
    if (!job) return;
    running++;
    void job().finally(() => {
      running--;
      runNext();
    });
  }

  return {
    add(job: () => Promise<void>): void {
      waiting.push(job);
      runNext();
    },
    /** Drops what has not begun. */
    clear(): void {
      waiting.length = 0;
    },
  };
}
