import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { STEPS, type Step } from '../edge/failures.ts';
import type { Schedule } from '../schedule.ts';

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
  return {
    registry,
    /** Call this without a step if a whole run failed. */
    countFailure: (step: Step | undefined) => failures.inc({ step: step ?? 'run' }),
    onAnswered: (labels: { operation: string; status: number }, milliseconds: number) =>
      answers.observe(labels, milliseconds / 1_000),
    onTold: (milliseconds: number) => told.observe(milliseconds / 1_000),
    watchClock: (wrongSeconds: () => number) => watchClock(registry, wrongSeconds),
    watchEdge: (look: Schedule['look']) => watchEdge(registry, look),
  };
}

/** Shows by how many seconds the clock is wrong. */
function watchClock(registry: Registry, wrongSeconds: () => number): void {
  new Gauge({
    name: 'clock_wrong_seconds',
    help: 'How much the clock is ahead of the stores (negative: behind), if that is more than 60 seconds; else 0',
    registers: [registry],
    collect() {
      this.set(wrongSeconds());
    },
  });
}

/** Shows how long the edge has not been told of a change, how full its store was last, and what is set aside. */
function watchEdge(registry: Registry, look: Schedule['look']): void {
  const registers = [registry];
  let looking: Promise<Partial<Awaited<ReturnType<typeof look>>>> | undefined;
  /** All figures come from one look. A table that does not answer leaves no value, since an old one would mislead. */
  const seen = () => {
    looking ??= look()
      .catch(() => ({}))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  const figure = (name: string, help: string, of: 'storeBytes' | 'untoldSeconds') =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set((await seen())[of] ?? Number.NaN);
      },
    });
  figure(
    'edge_store_bytes',
    'Size of the KeyValueStore of revocations at the last call of this process; it holds 5 MB',
    'storeBytes',
  );
  figure(
    'edge_untold_seconds',
    'How long the edge has not known of the oldest revocation; 0 means that it knows all',
    'untoldSeconds',
  );
}

const REQUEST_MS = 5_000;
/** The second spelling of the last one is that of a host to listen on. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** Serves `GET /metrics` on a port of its own. The port that people reach does not have it. */
export async function listenForMetrics(
  registry: Registry,
  { host, port }: { host: string; port: number },
): Promise<Server> {
  collectDefaultMetrics({ register: registry });
  const isLocal = LOOPBACK.includes(host);
  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    // On loopback, any other host name belongs to a web page whose name was made to resolve to this machine.
    const name = request.headers.host?.replace(/:\d+$/, '') ?? '';
    if (request.method !== 'GET' || request.url !== '/metrics' || (isLocal && !LOOPBACK.includes(name))) {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
