import type { FastifyInstance } from 'fastify';
import type { Deps } from '../context.ts';

/** Counts each answer by operation and status, and writes the one log line of each request. */
export function metricsPlugin(app: FastifyInstance, metrics: Deps['metrics']): void {
  app.addHook('onResponse', async (request, reply) => {
    const operation = request.routeOptions.config.operation ?? 'not_found';
    const status = reply.statusCode;
    metrics?.onAnswered({ operation, status }, reply.elapsedTime);
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info({ req: request, operation, status, durationMs }, 'answered');
  });
}
