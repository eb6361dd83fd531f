import { type MessagePort, parentPort } from 'node:worker_threads';
import { handler } from '@cloudfront-cookie-gateway/mover/lambda';
import type { Outcome } from './mover-thread.ts';

/** The program of the mover's thread: the handler of the deployed function. */
parentPort?.on('message', async ({ event, there }: { event: unknown; there: MessagePort }) => {
  let outcome: Outcome;
  try {
    outcome = { answer: JSON.parse(JSON.stringify(await handler(event))) };
  } catch (error) {
    outcome = { failure: error instanceof Error ? error.message : 'it failed' };
  }
  there.postMessage(outcome);
});
