import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 20;

/**
 * Measures the machine's delay while work is done: the longest answer of `/livez`, which needs no other part, in
 * milliseconds.
 * @param port of the service
 */
export async function withLag<T>(port: number, work: Promise<T>): Promise<{ result: T; lagMs: number }> {
  let isOver = false;
  const witness = async () => {
    let lagMs = 0;
    while (!isOver) {
      const sinceMs = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/livez`)).arrayBuffer();
      lagMs = Math.max(lagMs, performance.now() - sinceMs);
      await pause(PAUSE_MS);
    }
    return lagMs;
  };
  const watched = work.finally(() => {
    isOver = true;
  });
  const [result, lagMs] = await Promise.all([watched, witness()]);
  return { result, lagMs };
}
