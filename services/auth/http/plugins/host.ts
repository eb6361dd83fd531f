import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../../domain/errors.ts';

/**
 * Answers under the configured name alone: cookies belong to it, and another name that points here (DNS rebinding,
 * a tunnel, 127.0.0.1) would be another origin with the same session.
 */
export function hostPlugin(app: FastifyInstance, appOrigin: string): void {
  const { host } = new URL(appOrigin);
  app.addHook('onRequest', async (request) => {
    const { operation = '' } = request.routeOptions.config;
    // A probe comes to the address of a machine.
    if (request.headers.host === host || ['livez', 'readyz'].includes(operation)) return;
    throw new GatewayError('wrong_host', {
      detail: `This service answers as ${appOrigin} only: open that address. Under another name, such as 127.0.0.1 or that of a tunnel, its cookies do not count; a deployment gets its name by APP_ORIGIN and FILES_ORIGIN.`,
    });
  });
}
