// Has its own process, because it changes a flag of V8.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageChannel, setEnvironmentData } from 'node:worker_threads';
import t from 'tap';
import { createCallQueue, createWatchedRun } from '../../../../edge/local/functions/call-queue.ts';

t.test('calls run on after a garbage collection', async (t) => {
  const enqueue = createCallQueue();
  const called = (text: string) =>
    new Promise((resolve) => {
      let result = '';
      const run = () => {
        result = text;
      };
      enqueue({ run, ran: () => resolve(result), overran: t.fail });
    });
  t.equal(await called('before'), 'before');
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  // Contexts are collected over several rounds.
  for (let round = 0; round < 5; round++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(await called('after'), 'after');
});

/** The indexes by which the call and its watcher tell each other of the first call. */
const MARKED = 0;
const LEFT = 1;

/** The watcher marks the first call as about to end. It ends the call only after the call has come to its end. */
const LATE_WATCHER = `
const { Session } = require('node:inspector');
const { getEnvironmentData, parentPort, workerData } = require('node:worker_threads');
const state = new Int32Array(workerData);
const flags = new Int32Array(getEnvironmentData('flags'));
while (Atomics.compareExchange(state, 0, 1, -1) !== 1);
Atomics.store(flags, ${MARKED}, 1);
while (Atomics.load(flags, ${LEFT}) === 0);
// An answer of the inspector holds no thread.
setInterval(() => {}, 60_000);
const session = new Session();
session.connectToMainThread();
session.post('Runtime.terminateExecution', () => {
  session.disconnect();
  parentPort.postMessage('ended');
});
`;

t.test('a call that comes to its end while it is being ended is ended, and nothing after it', async (t) => {
  const shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  const flags = new Int32Array(shared);
  setEnvironmentData('flags', shared);
  const limited = createWatchedRun(LATE_WATCHER);
  const { port1, port2 } = new MessageChannel();
  // Only a message port is on the stack, because everything on the stack will be gone. The port also keeps the process
  // alive.
  port2.on('message', (job: keyof typeof jobs) => jobs[job]());
  let hasReturned = false;
  const recovered = Promise.withResolvers<void>();
  const second = Promise.withResolvers<boolean>();
  const jobs = {
    first() {
      const work = () => {
        while (Atomics.load(flags, MARKED) === 0);
        Atomics.store(flags, LEFT, 1);
      };
      limited(work, recovered.resolve);
      hasReturned = true;
    },
    second: () => second.resolve(limited(() => {}, t.fail)),
  };
  port1.postMessage('first');
  await recovered.promise;
  t.notOk(hasReturned, 'whoever called it was ended with it');
  port1.postMessage('second');
  t.ok(await second.promise, 'the next call comes to its end');
  port1.close();
});
