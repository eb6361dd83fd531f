import { createContext, Script } from 'node:vm';
import { isMainThread, MessageChannel, Worker } from 'node:worker_threads';
import { isRecord } from '../template/shape.ts';

/** The error of a call that was ended because it ran for too long. */
class OverrunError extends Error {
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

/**
 * The most milliseconds of one call. CloudFront allows less than one millisecond of CPU time. This limit only ends
 * endless loops, also on a busy machine.
 */
const MAX_RUN_MS = 500;

/**
 * Runs `work` under the limit, and returns whether `work` came to its end. The watcher may end `work`. Then this never
 * returns: the whole stack is gone, no `finally` has run, and `recover` is called in a turn of its own.
 */
export type LimitedRun = (work: () => void, recover: () => void) => boolean;

/**
 * Call the result from a message port's listener, with nothing else on the stack. Otherwise Node loses other events.
 */
function createLimitedRun(): LimitedRun {
  if (!isMainThread) return createScriptRun();
  watchedRun ??= createWatchedRun(WATCHER);
  return watchedRun;
}

let watchedRun: LimitedRun | undefined;

/** The number of looks that the watcher takes at one call. The last look ends the call. */
const LOOKS = 4;

/**
 * The program is text, because it must run where TypeScript does not. `state` holds the number of the running call, 0
 * if none runs, or the negative number of a call that is about to end. Only the main thread's inspector can end
 * JavaScript from outside. Its order ends once the stack is empty (Chrome DevTools Protocol:
 * Runtime.terminateExecution).
 */
const WATCHER = `
const { Session } = require('node:inspector');
const { parentPort, workerData } = require('node:worker_threads');
const state = new Int32Array(workerData);
let seen = 0, looks = 0;
setInterval(() => {
  const running = Atomics.load(state, 0);
  looks = running > 0 && running === seen ? looks + 1 : 0;
  seen = running;
  if (looks < ${LOOKS} || Atomics.compareExchange(state, 0, running, -running) !== running) return;
  const session = new Session();
  session.connectToMainThread();
  session.post('Runtime.terminateExecution', () => {
    session.disconnect();
    parentPort.postMessage('ended');
  });
}, ${MAX_RUN_MS / LOOKS});
`;

/**
 * A thread that only watches costs a call nothing. Node has two limits of its own: the `timeout` of `node:vm`, and that
 * of `Runtime.evaluate`. Each of them starts or wakes a thread. For the calls of one turn, `Runtime.evaluate` takes 400
 * µs for that (measured).
 * @param watcherCode the program of the watching thread
 */
export function createWatchedRun(watcherCode: string): LimitedRun {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const state = new Int32Array(shared);
  let number = 0;
  let recoverNow = () => {};
  const watcher = new Worker(watcherCode, { eval: true, workerData: shared, execArgv: [], env: {} });
  // A listener keeps the process alive.
  watcher.on('message', () => recoverNow()).unref();
  return (work, recover) => {
    recoverNow = recover;
    number = number === 0x3fff_ffff ? 1 : number + 1;
    Atomics.store(state, 0, number);
    work();
    // The call is being ended at this moment. The order must not hit anything else.
    while (Atomics.compareExchange(state, 0, number, 0) !== number);
    return true;
  };
}

/**
 * The limit in a worker thread, which the inspector of another thread cannot reach. `node:vm` starts a thread for each
 * call, which costs more than the watcher.
 */
function createScriptRun(): LimitedRun {
  let run = () => {};
  const context = createContext({ run: () => run() });
  const script = new Script('run()');
  return (work) => {
    run = work;
    try {
      script.runInContext(context, { timeout: MAX_RUN_MS });
      return true;
    } catch (error) {
      // The error is one of the context, so it is no `Error` of this realm.
      if (isRecord(error) && error['code'] === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
      throw error;
    }
  };
}
