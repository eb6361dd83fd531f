import { once } from 'node:events';
import process from 'node:process';
import { memoryAfterCollection, serviceProcess } from '../bench/support/service-process.ts';
import { startTestStack } from '../support/test-stack.ts';

/** The whole local system on free ports. It ends when the parent process says so, or is gone. */
const ends: (() => Promise<void> | void)[] = [];
// Ctrl-C reaches every process of the terminal. Only the parent process decides about the end.
process.on('SIGINT', () => {});
const { promise: closed, resolve: close } = Promise.withResolvers<void>();
process.on('message', (message) => {
  if (message === 'close') close();
});
const over = Promise.race([closed, once(process, 'disconnect')]);
const stack = await startTestStack({ teardown: (end) => ends.push(end) });
const { appOrigin, filesOrigin, directory } = stack;
process.on('message', async (message) => {
  if (message === 'memory') process.send?.(await memoryAfterCollection(stack, serviceProcess()));
});
process.send?.({ appOrigin, filesOrigin, directory });
await over;
for (const end of ends.toReversed()) await end();
process.exit(0);
