import { MessageChannel } from 'node:worker_threads';
import { createLimitedRun, MAX_RUN_MS } from './call-limit.ts';

/** The error of a call that was ended because it ran for too long. */
export class OverrunError extends Error {
  readonly code = 'overrun';

  constructor() {
    super(`it ran for more than ${MAX_RUN_MS} ms`);
  }
}

export interface QueuedCall {
  /** Runs under the time limit. It must not throw. */
  run(): void;
  /** Runs after `run` has come to its end, without a limit. It must not throw. */
  ran(): void;
  /** Runs instead of `ran` if `run` was ended in the middle. It removes what `run` has left unfinished. */
  overran(error: OverrunError): void;
}

/**
 * Runs calls under a time limit, one after the other, in a turn of their own. Calls that `ran` enqueues run in the same
 * turn.
 */
export function createCallQueue(): (call: QueuedCall) => void {
  const limited = createLimitedRun();
  const queue: QueuedCall[] = [];
  let current: QueuedCall | undefined;
  let isScheduled = false;
  const { port1, port2 } = new MessageChannel();
  port2.on('message', flush);
  port2.unref();

  function flush(): void {
    if (current) endCurrent(current);
    for (current = queue.shift(); current; current = queue.shift()) {
      const call = current;
      if (limited(call.run, flush)) {
        current = undefined;
        call.ran();
      } else endCurrent(call);
    }
    isScheduled = false;
    port2.unref();
  }

  function endCurrent(call: QueuedCall): void {
    current = undefined;
    call.overran(new OverrunError());
  }

  return (call) => {
    queue.push(call);
    if (isScheduled) return;
    isScheduled = true;
    // The process must not end while somebody waits for a call.
    port2.ref();
    port1.postMessage(undefined);
  };
}
