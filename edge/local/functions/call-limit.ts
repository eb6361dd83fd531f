import { Session } from 'node:inspector';
import { createContext } from 'node:vm';
import { isMainThread, Worker } from 'node:worker_threads';

/**
 * The most milliseconds of one call. CloudFront allows less than one millisecond of CPU time. This limit only ends
 * endless loops, also on a busy machine.
 */
export const MAX_RUN_MS = 500;

/**
 * Runs `work` under the limit, and returns whether `work` came to its end. The watcher may end `work`. Then this never
 * returns: the whole stack is gone, no `finally` has run, and `recover` is called in a turn of its own.
 */
export type LimitedRun = (work: () => void, recover: () => void) => boolean;

/**
 * Call the result from a message port's listener, with nothing else on the stack. Otherwise Node loses other events.
 */
export function createLimitedRun(): LimitedRun {
  if (!isMainThread) return createEvaluation();
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
 * The limit in a worker thread. The inspector of another thread cannot reach it. So this uses the inspector of the
 * worker itself, whose `Runtime.evaluate` has a timeout.
 */
function createEvaluation(): LimitedRun {
  const session = new Session();
  session.connect();
  let contextId: number | undefined;
  let run = () => {};
  session.on('Runtime.executionContextCreated', ({ params }) => {
    contextId = params.context.id;
  });
  session.post('Runtime.enable');
  // The inspector reports this context last.
  const context = createContext({ run: () => run() });
  session.post('Runtime.disable');
  if (contextId === undefined) throw new Error('the inspector of this Node does not report contexts');
  const parameters = { expression: 'run()', contextId, timeout: MAX_RUN_MS };
  const limited: LimitedRun = (work) => {
    let hasEnded = false;
    run = work;
    session.post('Runtime.evaluate', parameters, (error) => {
      hasEnded = error === null;
    });
    return hasEnded;
  };
  // An id does not keep a context alive. Without this reference, a collected context would run nothing.
  return Object.assign(limited, { context });
}
