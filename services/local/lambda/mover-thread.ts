import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { LocalFunction } from './server.ts';

const PROGRAM = new URL('mover-program.ts', import.meta.url);

/** What the thread gets, and what it answers. */
export interface Invocation {
  number: number;
  event: unknown;
}
export type Answered = { number: number; outcome: unknown } | { number: number; failure: string };

/**
 * The mover in a thread, with an environment of its own: no other part has its credentials, and it has none of theirs. The
 * thread starts at the first call, and again at the next call after a crash.
 * @param log `onOutput` gets what it writes into its log, and `onCrash` the error that ended it
 */
export function createMoverFunction(
  env: Record<string, string>,
  { onOutput, onCrash }: { onOutput: (stream: Readable) => void; onCrash: (error: unknown) => void },
): { invoke: LocalFunction; close(): Promise<void> } {
  const waiting = new Map<number, { resolve(outcome: unknown): void; reject(error: Error): void }>();
  let worker: Worker | undefined;
  let last = 0;
  let isClosed = false;

  function start(): Worker {
    const started = new Worker(PROGRAM, { env, stdout: true, stderr: true });
    onOutput(started.stdout);
    onOutput(started.stderr);
    started.on('message', (answered: Answered) => {
      const waiter = waiting.get(answered.number);
      waiting.delete(answered.number);
      if ('outcome' in answered) waiter?.resolve(answered.outcome);
      else waiter?.reject(new Error(answered.failure));
    });
    // The thread ends by itself.
    started.on('error', onCrash);
    started.on('exit', () => {
      if (worker === started) worker = undefined;
      const lost = [...waiting.values()];
      waiting.clear();
      for (const { reject } of lost) reject(new Error('the mover ended'));
    });
    return started;
  }

  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new Error('the mover has ended'));
        worker ??= start();
        const invocation: Invocation = { number: ++last, event };
        waiting.set(invocation.number, { resolve, reject });
        worker.postMessage(invocation);
      }),
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}
