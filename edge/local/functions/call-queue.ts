import { isMainThread, MessageChannel, Worker } from 'node:worker_threads';

interface QueuedCall {
  run(): void;
  /** Comes if `run` was ended in the middle. */
  overran(): void;
}

/**
 * Runs work under a time limit, one call after the other, in a turn of their own.
 * @returns the queue: it gives what `work` gives, or calls `onOverrun`, which removes what `work` has left unfinished
 */
export function createCallQueue(): <T>(work: () => T, onOverrun: () => void) => Promise<T> {
  const limited = createLimitedRun();
  const queue: QueuedCall[] = [];
  let current: QueuedCall | undefined;
  let isScheduled = false;
  const { port1, port2 } = new MessageChannel();
  port2.on('message', flush);
  port2.unref();

  function flush(): void {
    current?.overran();
    for (current = queue.shift(); current; current = queue.shift()) limited(current.run, flush);
    isScheduled = false;
    port2.unref();
  }

  return (work, onOverrun) =>
    new Promise((resolve, reject) => {
      queue.push({
        run() {
          try {
            resolve(work());
          } catch (error) {
            reject(error);
          }
        },
        overran() {
          onOverrun();
          reject(new Error(`it ran for more than ${MAX_RUN_MS} ms`));
        },
      });
      if (isScheduled) return;
      isScheduled = true;
      // The process must not end while somebody waits for a call.
      port2.ref();
      port1.postMessage(undefined);
    });
}

/**
 * The most milliseconds of one call. CloudFront allows less than one millisecond of CPU time. This limit only ends
 * endless loops, also on a busy machine.
 */
const MAX_RUN_MS = 500;

/**
 * Runs `work` under the limit. The watcher may end `work`. Then this never returns: the whole stack is gone, no
 * `finally` has run, and `recover` is called in a turn of its own. Call it from a message port's listener, with nothing
 * else on the stack. Otherwise Node loses other events.
 */
type LimitedRun = (work: () => void, recover: () => void) => void;

function createLimitedRun(): LimitedRun {
  // The inspector of another thread does not reach a worker thread, so code has no limit there.
  if (!isMainThread) return (work) => work();
  watchedRun ??= createWatchedRun();
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
 */
function createWatchedRun(): LimitedRun {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const state = new Int32Array(shared);
  let number = 0;
  let recoverNow = () => {};
  const watcher = new Worker(WATCHER, { eval: true, workerData: shared, execArgv: [], env: {} });
  // A listener keeps the process alive.
  watcher.on('message', () => recoverNow()).unref();
  return (work, recover) => {
    recoverNow = recover;
    number = number === 0x3fff_ffff ? 1 : number + 1;
    Atomics.store(state, 0, number);
    work();
    // The call is being ended at this moment. The order must not hit anything else.
    while (Atomics.compareExchange(state, 0, number, 0) !== number);
  };
}
