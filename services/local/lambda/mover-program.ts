import { parentPort } from 'node:worker_threads';
import { handler } from '@cloudfront-cookie-gateway/mover/lambda';
import type { Answered, Invocation } from './mover-thread.ts';

/** The program of the mover's thread: the handler of the deployed function. */
parentPort?.on('message', async ({ number, event }: Invocation) => {
  let answered: Answered;
  try {
    answered = { number, outcome: JSON.parse(JSON.stringify(await handler(event))) };
  } catch (error) {
    answered = { number, failure: error instanceof Error ? error.message : 'it failed' };
  }
  parentPort?.postMessage(answered);
});
