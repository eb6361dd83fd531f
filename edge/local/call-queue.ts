import { Session } from 'node:inspector';
import { createContext } from 'node:vm';

/**
 * Milliseconds for the calls of one turn of the event loop. CloudFront allows less than one of CPU time for each; this
 * is a bound for endless loops on a busy machine, not a measure.
 */
const MAX_RUN_MS = 500;

/** A call that was ended because it ran for too long. */
export class OverrunError extends Error {
  readonly code = 'overrun';
}

interface QueuedCall {
  run(): void;
  overrun(): void;
}

/**
 * Runs calls under a time limit, at the end of the current turn of the event loop. A limit costs more than a call, so
 * all calls of one turn share one. The one that does not end is rejected with OverrunError, after its `onOverrun` has
 * put away what it left half done, and those behind it start anew.
 */
export function createCallQueue(): <T>(call: () => T, onOverrun: () => void) => Promise<T> {
  const queue: QueuedCall[] = [];
  let isScheduled = false;
  let current: QueuedCall | undefined;

  const runLimited = createLimitedRun(() => {
    for (current = queue.shift(); current; current = queue.shift()) current.run();
  });

  function flush(): void {
    isScheduled = false;
    while (queue.length > 0) {
      current = undefined;
      if (runLimited()) continue;
      // Where not even the first one was begun, it is the one to go: a call less each time, whatever is wrong.
      const ended = current ?? queue.shift();
      ended?.overrun();
    }
  }

  return (call, onOverrun) =>
    new Promise((resolve, reject) => {
      queue.push({
        run() {
          try {
            resolve(call());
          } catch (error) {
            reject(error);
          }
        },
        overrun() {
          onOverrun();
          reject(new OverrunError(`it ran for more than ${MAX_RUN_MS} ms`));
        },
      });
      if (isScheduled) return;
      isScheduled = true;
      setImmediate(flush);
    });
}

/**
 * Runs `work` through V8's inspector, whose `Runtime.evaluate` has a timeout (Chrome DevTools Protocol). The timeout of
 * node:vm starts and joins a thread each time, and so waits for a free core: 60 to 500 µs against 15 to 40.
 * @returns whether it came to its end
 */
function createLimitedRun(work: () => void): () => boolean {
  const session = new Session();
  session.connect();
  let contextId: number | undefined;
  session.on('Runtime.executionContextCreated', ({ params }) => {
    contextId = params.context.id;
  });
  session.post('Runtime.enable');
  // The last one that it tells of.
  const context = createContext({ work });
  session.post('Runtime.disable');
  if (contextId === undefined) throw new Error('the inspector of this Node knows no contexts');
  const parameters = { expression: 'work()', contextId, timeout: MAX_RUN_MS };
  const run = () => {
    let hasEnded = false;
    session.post('Runtime.evaluate', parameters, (error) => {
      hasEnded = error === null;
    });
    return hasEnded;
  };
  // An id keeps no context alive: collected as garbage, it would run nothing any more.
  return Object.assign(run, { context });
}
