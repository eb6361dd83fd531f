import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../../domain/errors.ts';

/** Sizes (bytes) and times (milliseconds) that a request may take, here and in the process that listens. */
export const SERVER_LIMITS = {
  bodyLimit: 64 * 1_024,
  connectionTimeout: 15_000,
  requestTimeout: 10_000,
  handlerTimeout: 12_000,
  keepAliveTimeout: 72_000,
  http: { maxHeaderSize: 16 * 1_024, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
};

/**
 * Limits requests by client address: on routes that have a `rateLimit`, and where nothing is. Every process (on
 * Lambda every instance) counts for itself.
 */
export async function limitsPlugin(app: FastifyInstance, perMinute: number): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    timeWindow: 60_000,
    addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    errorResponseBuilder: () => new GatewayError('too_many_requests'),
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit({ max: perMinute }) }, () => {
    throw new GatewayError('not_found');
  });
}
