import { SESSION_COOKIE } from '@cloudfront-cookie-gateway/core/cookies';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { rawSessionCookie } from '../cookies/cookies.ts';

/**
 * The access token of a request to a route that takes one (RFC 6750, section 2.1).
 * @returns empty if it cannot be read; undefined if the request has none
 */
export function bearerOf({ routeOptions, headers }: FastifyRequest): string | undefined {
  if (!routeOptions.config.takesBearer) return undefined;
  const [scheme, token = ''] = /^bearer(?:\s+(.*))?$/i.exec(headers.authorization ?? '') ?? [];
  return scheme === undefined ? undefined : token;
}

/** The access token or the session cookie of a request, as it came. */
export function rawTokenOf(request: FastifyRequest): string | undefined {
  return bearerOf(request) ?? rawSessionCookie(request);
}

/** What a browser sends along by itself must not meet an access token, and no answer to one gives a browser anything. */
export function guardBearers(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (bearerOf(request) === undefined) return;
    refuseOrigin(request);
    if (SESSION_COOKIE in request.cookies) throw new GatewayError('ambiguous');
  });
  app.addHook('onSend', async (request, reply) => {
    if (bearerOf(request) !== undefined) reply.removeHeader('set-cookie');
  });
}

/**
 * Browsers name an origin, and programs that are no browser name none.
 * @throws GatewayError cross_origin
 */
export function refuseOrigin({ headers }: FastifyRequest): void {
  if (headers.origin !== undefined) throw new GatewayError('cross_origin');
}
