import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

/** Each answer by operation and status: as a metric, and as the one line that the log has of a request. */
export function metricsPlugin(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its answer, by operation and status',
    labelNames: ['operation', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const operation = request.routeOptions.config.operation ?? 'not_found';
    const status = reply.statusCode;
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    durations.observe({ operation, status }, reply.elapsedTime / 1_000);
    request.log.info({ req: request, operation, status, durationMs }, 'answered');
  });
}
