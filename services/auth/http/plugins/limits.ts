import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatewayError } from '../../domain/errors.ts';
import type { Deps } from '../context.ts';
import { INDEX, isNavigation, isOfPage } from '../page-paths.ts';
import { sendPageFile } from '../send-page-file.ts';

/** The sizes (bytes) and times (milliseconds) that a request may take, here and in the process that listens. */
export const SERVER_LIMITS = {
  bodyLimit: 64 * 1_024,
  connectionTimeout: 15_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 72_000,
  http: { maxHeaderSize: 16 * 1_024, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
};

/** Fastify's own `handlerTimeout` ends with the request's body, so it would not limit a request that has one. */
function limitTime(app: FastifyInstance, answerMs: number): void {
  app.addHook('onRequest', async (_request, reply) => {
    const timer = setTimeout(() => {
      if (!reply.sent) reply.send(new GatewayError('timed_out'));
    }, answerMs);
    reply.raw.once('close', () => clearTimeout(timer));
  });
}

/**
 * Limits requests by client address: on routes that have a `rateLimit`, and on addresses without a route. Every process
 * counts for itself; on Lambda, every instance does.
 */
export async function limitsPlugin(
  app: FastifyInstance,
  { config, limits, webDirectory }: Pick<Deps, 'config' | 'limits' | 'webDirectory'>,
): Promise<void> {
  limitTime(app, limits.answerMs);
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
  // The page's scripts may handle an address that has no route here.
  const allowList = (request: FastifyRequest) =>
    config.webDirectory !== undefined && isNavigation(request) && isOfPage(request);
  const preHandler = app.rateLimit({ max: config.rateLimitPerMinute, allowList });
  app.setNotFoundHandler({ preHandler }, async (request, reply) => {
    if (!allowList(request)) throw new GatewayError('not_found');
    return sendPageFile(request, reply, webDirectory, INDEX);
  });
}
