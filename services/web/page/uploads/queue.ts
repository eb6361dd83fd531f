/** Runs jobs, `maxAtOnce` of them at once, in the order in which they came. */
export function createQueue(maxAtOnce: number): (job: () => Promise<void>) => void {
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

  return (job) => {
    waiting.push(job);
    runNext();
  };
}
