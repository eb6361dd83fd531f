/** A local CloudFront in a process of its own, started by the bench with an IPC channel. */
import process from 'node:process';
import { createLocalCloudFront } from '../../../edge/local/create-local-cloudfront.ts';

process.once('message', async (options: ReturnType<typeof JSON.parse>) => {
  const { port } = await createLocalCloudFront(options).listen(0);
  process.send?.({ port });
});
process.once('disconnect', () => process.exit());
