/** The local S3 and the KeyValueStore in a process of their own, so that a test can kill it. Started by `fork`. */
import process from 'node:process';
import { openStores, type StoresOptions } from './stores.ts';

// Ends with its parent, however the parent ends.
process.once('disconnect', () => process.exit());
process.once('message', async (options: StoresOptions) => {
  const { place, reopenAt } = await openStores(options);
  process.on('message', async (message: unknown) => {
    if (typeof message !== 'number') return;
    await reopenAt(message);
    process.send?.({});
  });
  process.send?.(place);
});
