import { Session } from 'node:inspector';
import { createContext } from 'node:vm';
import { isMainThread, Worker } from 'node:worker_threads';

/**
 * Milliseconds for a call. CloudFront allows less than one of CPU time; this is a bound for endless loops on a busy
 * machine, not a measure.
 */
export const MAX_RUN_MS = 500;

/**
 * Runs `work` under the limit, and tells whether it came to its end. It may also never return: then everything that
 * is on the stack is gone, without `finally`, and `recover` is called in a turn of its own.
 */
export type LimitedRun = (work: () => void, recover: () => void) => boolean;

/**
 * Whatever calls it must be on the stack of nothing but a message port: Node loses no other event then.
 */
export function createLimitedRun(): LimitedRun {
  if (!isMainThread) return createEvaluation();
  watchedRun ??= createWatchedRun(WATCHER);
  return watchedRun;
}

let watchedRun: LimitedRun | undefined;

/** How often the watcher looks while one call runs; the last time, it ends the call. */
const LOOKS = 4;

/**
 * Written as text, since it has to run where TypeScript does not. `state` holds the number of the call that runs now,
 * 0 where none does, and the negative number of one that is about to be ended. Only the main thread's inspector can
 * end JavaScript from outside; it takes the order back once the stack is empty (Chrome DevTools Protocol:
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
 * A thread that only looks on costs a call nothing. A timer for each, which the two limits that Node has start, wakes
 * one thread or more: measured, 400 µs for the calls of one turn.
 * @param watcherCode the program of that thread
 */
export function createWatchedRun(watcherCode: string): LimitedRun {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const state = new Int32Array(shared);
  let number = 0;
  let recoverNow = () => {};
  const watcher = new Worker(watcherCode, { eval: true, workerData: shared, execArgv: [], env: {} });
  // Listening takes a hold of the process.
  watcher.on('message', () => recoverNow()).unref();
  return (work, recover) => {
    recoverNow = recover;
    number = number === 0x3fff_ffff ? 1 : number + 1;
    Atomics.store(state, 0, number);
    work();
    // It is being ended at this moment: nothing else may be hit by that.
    while (Atomics.compareExchange(state, 0, number, 0) !== number);
    return true;
  };
}

/** In a worker thread, which no inspector reaches from outside: its own has `Runtime.evaluate` with a timeout. */
function createEvaluation(): LimitedRun {
  const session = new Session();
  session.connect();
  let contextId: number | undefined;
  let run = () => {};
  session.on('Runtime.executionContextCreated', ({ params }) => {
    contextId = params.context.id;
  });
  session.post('Runtime.enable');
  // The last one that it tells of.
  const context = createContext({ run: () => run() });
  session.post('Runtime.disable');
  if (contextId === undefined) throw new Error('the inspector of this Node knows no contexts');
  const parameters = { expression: 'run()', contextId, timeout: MAX_RUN_MS };
  const limited: LimitedRun = (work) => {
    let hasEnded = false;
    run = work;
    session.post('Runtime.evaluate', parameters, (error) => {
      hasEnded = error === null;
    });
    return hasEnded;
  };
  // An id keeps no context alive: collected as garbage, it would run nothing any more.
  return Object.assign(limited, { context });
}
