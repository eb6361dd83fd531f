/** An edge in a process of its own. Its memory can then be told from the test's. `fork` starts it. Without `nowMs` it has the machine's clock. */
import process from 'node:process';
import { createLocalCloudFront } from '../../../../edge/local/create-local-cloudfront.ts';

// If the parent process ends for any reason, this process ends, too.
process.once('disconnect', () => process.exit());
process.once('message', async ({ nowMs, ...options }: ReturnType<typeof JSON.parse>) => {
  const edge = createLocalCloudFront({
    ...options,
    bindings: { ...options.bindings, now: () => nowMs ?? Date.now() },
  });
  const { port } = await edge.listen(0);
  process.on('message', () => {
    globalThis.gc?.();
    const { rss: residentBytes, heapUsed: heapBytes } = process.memoryUsage();
    process.send?.({ peakBytes: process.resourceUsage().maxRSS * 1_024, residentBytes, heapBytes });
  });
  process.send?.({ port, startBytes: process.memoryUsage.rss() });
});
