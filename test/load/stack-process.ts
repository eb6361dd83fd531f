import { once } from 'node:events';
import process from 'node:process';
import { memoryAfterCollection, servicePid } from '../support/process-figures.ts';
import { startTestStack, withTeardown } from '../support/test-stack.ts';

/** The whole local system on free ports. It ends when its channel to the parent process is closed. */
// Ctrl-C reaches every process of the terminal. Only the parent process decides about the end.
process.on('SIGINT', () => {});
const over = once(process, 'disconnect');
await withTeardown(async (t) => {
  const stack = await startTestStack(t);
  const { appOrigin, filesOrigin, directory } = stack;
  process.on('message', async () => process.send?.(await memoryAfterCollection(stack, servicePid())));
  process.send?.({ appOrigin, filesOrigin, directory });
  await over;
});
process.exit(0);
