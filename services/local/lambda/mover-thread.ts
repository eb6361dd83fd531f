import type { Readable } from 'node:stream';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { LocalFunction } from './server.ts';

const PROGRAM = new URL('mover-program.ts', import.meta.url);

/** What the thread answers. */
export type Outcome = { answer: unknown } | { failure: string };

/**
 * The mover in a thread, with an environment of its own: no other part has its credentials, and it has none of theirs. The
 * thread starts at the first call, and again at the next call after a crash.
 * @param log `onOutput` gets what it writes into its log, and `onCrash` the error that ended it
 */
export function createMoverFunction(
  env: Record<string, string>,
  { onOutput, onCrash }: { onOutput: (stream: Readable) => void; onCrash: (error: unknown) => void },
): { invoke: LocalFunction; close(): Promise<void> } {
  let worker: Worker | undefined;
  let isClosed = false;

  function start(): Worker {
    const started = new Worker(PROGRAM, { env, stdout: true, stderr: true });
    onOutput(started.stdout);
    onOutput(started.stderr);
    started.on('error', onCrash);
    // The thread ends by itself.
    started.once('exit', () => {
      if (worker === started) worker = undefined;
    });
    return started;
  }

  return {
    invoke: (event) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new Error('the mover has ended'));
        worker ??= start();
        // Each call has a channel of its own, which closes when the thread ends.
        const { port1: here, port2: there } = new MessageChannel();
        here.once('message', (outcome: Outcome) => {
          if ('failure' in outcome) reject(new Error(outcome.failure));
          else resolve(outcome.answer);
          here.close();
        });
        here.once('close', () => reject(new Error('the mover ended')));
        worker.postMessage({ event, there }, [there]);
      }),
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}
