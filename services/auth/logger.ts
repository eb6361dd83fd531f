import type { FastifyRequest, FastifyServerOptions } from 'fastify';

/**
 * Logs as JSON lines, without what opens anything: of a request only method, path and client address are written,
 * since queries hold codes and states, and headers hold cookies.
 */
export const LOGGER: FastifyServerOptions['logger'] = {
  level: 'info',
  serializers: {
    req: (request: FastifyRequest) => ({
      method: request.method,
      path: request.url.split('?')[0],
      remoteAddress: request.ip,
    }),
  },
};
