import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { STEPS, type Step } from '../edge/failures.ts';
import type { Schedule } from '../schedule.ts';
import type { ClockGuard } from '../table/clock.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** The metrics for operators: the service's answers, and the edge. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const answers = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, by operation and status',
    labelNames: ['operation', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const told = new Histogram({
    name: 'edge_told_seconds',
    help: 'Time from a revocation to its confirmation by the edge; times above 2 seconds are left out',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 1.5, 2],
    registers,
  });
  const failures = new Counter({
    name: 'revocation_failures_total',
    help: 'Failures by step: of a record or a logout, or of a whole run; they are tried again',
    labelNames: ['step'],
    registers,
  });
  for (const step of [...STEPS, 'run']) failures.inc({ step }, 0);
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const clockWrong = gauge(
    'clock_wrong_seconds',
    'How much the clock is ahead of the stores (negative: behind), if that is more than 60 seconds; else 0',
  );
  const storeBytes = gauge(
    'edge_store_bytes',
    'Size of the KeyValueStore of revocations at the last call of this process; it holds 5 MB',
  );
  const untoldSeconds = gauge(
    'edge_untold_seconds',
    'How long the edge has not known of the oldest revocation; 0 means that it knows all',
  );
  return {
    /** Call this without a step if a whole run failed. */
    countFailure: (step: Step | undefined) => failures.inc({ step: step ?? 'run' }),
    onAnswered: (labels: { operation: string; status: number }, milliseconds: number) =>
      answers.observe(labels, milliseconds / 1_000),
    onTold: (milliseconds: number) => told.observe(milliseconds / 1_000),
    collectDefaults: () => collectDefaultMetrics({ register: registry }),
    async text({ schedule, clockGuard }: Sources): Promise<string> {
      // A table that does not answer leaves no value, since an old one would mislead.
      const seen = await schedule.look().catch(() => undefined);
      clockWrong.set(clockGuard.wrongSeconds());
      storeBytes.set(seen?.storeBytes ?? Number.NaN);
      untoldSeconds.set(seen?.untoldSeconds ?? Number.NaN);
      return registry.metrics();
    },
  };
}

/** What is asked once for each answer. */
export interface Sources {
  schedule: Pick<Schedule, 'look'>;
  clockGuard: Pick<ClockGuard, 'wrongSeconds'>;
}

const REQUEST_MS = 5_000;
/** The second spelling of the last one is that of a host to listen on. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** Serves `GET /metrics` on a port of its own. The port that people reach does not have it. */
export async function listenForMetrics(
  read: () => Promise<string>,
  { host, port }: { host: string; port: number },
): Promise<Server> {
  const isLocal = LOOPBACK.includes(host);
  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    // On loopback, any other host name belongs to a web page whose name was made to resolve to this machine.
    const name = request.headers.host?.replace(/:\d+$/, '') ?? '';
    if (request.method !== 'GET' || request.url !== '/metrics' || (isLocal && !LOOPBACK.includes(name))) {
      response.writeHead(404).end();
      return;
    }
    read().then(
      (text) => response.writeHead(200, { 'content-type': Registry.PROMETHEUS_CONTENT_TYPE }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
