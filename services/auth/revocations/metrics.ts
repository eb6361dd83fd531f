import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Schedule } from './schedule.ts';

/** What operators see of the edge: how long it takes to be told, what it has not been told, how full its store is. */
export function edgeMetrics(registry: Registry): {
  onTold(milliseconds: number): void;
  watch(look: Schedule['look']): void;
} {
  const registers = [registry];
  const told = new Histogram({
    name: 'edge_told_seconds',
    help: 'Time from a revocation to its confirmation by the edge; what took longer than 2 seconds is not in it',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 1.5, 2],
    registers,
  });
  return {
    onTold: (milliseconds) => told.observe(milliseconds / 1_000),
    watch(look) {
      let looking: Promise<Partial<Awaited<ReturnType<typeof look>>>> | undefined;
      /** Both are of one look. A store that does not answer has no value, rather than an old one. */
      const figure = (name: string, help: string, of: keyof Awaited<ReturnType<typeof look>>) =>
        new Gauge({
          name,
          help,
          registers,
          async collect() {
            looking ??= look()
              .catch(() => ({}))
              .finally(() => {
                looking = undefined;
              });
            this.set((await looking)[of] ?? Number.NaN);
          },
        });
      figure('edge_store_bytes', 'Size of the KeyValueStore of revocations; it holds 5 MB', 'storeBytes');
      figure(
        'edge_untold_seconds',
        'How long the edge has not known of the oldest revocation; 0: it knows all',
        'untoldSeconds',
      );
    },
  };
}
