import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../../../../core/errors.ts';

/** For a scope of routes that change something: each request must come from the app's own page. */
export function sameOriginPlugin(app: FastifyInstance, appOrigin: string): void {
  app.addHook('onRoute', ({ config }) => {
    if (config) config.isSameOrigin = true;
  });
  app.addHook('onRequest', async (request) => {
    if (request.headers.origin !== appOrigin) throw new GatewayError('cross_origin');
  });
}
