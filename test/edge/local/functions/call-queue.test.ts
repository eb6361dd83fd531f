// Has its own process, because it changes a flag of V8.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { createCallQueue } from '../../../../edge/local/functions/call-queue.ts';

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
