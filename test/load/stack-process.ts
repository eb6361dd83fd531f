import { once } from 'node:events';
import process from 'node:process';
import { startTestStack } from '../support/test-stack.ts';

/** The whole local system on free ports, until the process that started this one says so, or is gone. */
const ends: (() => Promise<void> | void)[] = [];
// Ctrl-C reaches every process of the terminal: the one that started this says when it is over.
process.on('SIGINT', () => {});
const { promise: closed, resolve: close } = Promise.withResolvers<void>();
process.on('message', (message) => {
  if (message === 'close') close();
  if (message !== 'heap') return;
  globalThis.gc?.();
  process.send?.(process.memoryUsage().heapUsed);
});
const over = Promise.race([closed, once(process, 'disconnect')]);
const { appOrigin, filesOrigin, directory } = await startTestStack({ teardown: (end) => ends.push(end) });
process.send?.({ appOrigin, filesOrigin, directory });
await over;
for (const end of ends.toReversed()) await end();
process.exit(0);
