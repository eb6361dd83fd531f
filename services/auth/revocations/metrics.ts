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
      let looking: ReturnType<Schedule['look']> | undefined;
      /** One look for all that a scrape collects. A store that does not answer has no value, rather than an old one. */
      function seen(): ReturnType<Schedule['look']> {
        looking ??= look()
          .catch(() => ({ untoldSeconds: Number.NaN }))
          .finally(() => {
            looking = undefined;
          });
        return looking;
      }
      new Gauge({
        name: 'edge_store_bytes',
        help: 'Size of the KeyValueStore of revocations; it holds 5 MB',
        registers,
        async collect() {
          this.set((await seen()).storeBytes ?? Number.NaN);
        },
      });
      new Gauge({
        name: 'edge_untold_seconds',
        help: 'How long the edge has not known of the oldest revocation; 0: it knows all',
        registers,
        async collect() {
          this.set((await seen()).untoldSeconds);
        },
      });
    },
  };
}
