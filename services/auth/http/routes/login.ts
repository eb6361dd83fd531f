import { randomBytes } from 'node:crypto';
import { isLoginCookieName, loginCookieName } from '@cloudfront-cookie-gateway/core/cookies';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { LOGIN_LIFETIME_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import type { FastifyInstance } from 'fastify';
import * as Type from 'typebox';
import { loginsToDrop, toReturnTo, toTransaction } from '../../domain/login.ts';
import type { Deps } from '../context.ts';
import { HOST_COOKIE } from '../cookies.ts';

/** A browser has a few logins under way. A request may name hundreds. */
const MAX_OPENED = 10;

/** `GET /auth/login`: sends the browser to the provider, with code flow, PKCE S256, state and nonce. */
export function loginRoute(
  app: FastifyInstance,
  deps: Pick<Deps, 'clock' | 'clockGuard' | 'config' | 'identityProvider' | 'sealer'>,
): void {
  app.get(
    '/auth/login',
    {
      schema: {
        querystring: Type.Object({
          return_to: Type.Optional(
            Type.Unknown({ description: 'A path of this host; anything else counts as `/`.' }),
          ),
        }),
        response: { 302: Type.Null({ description: "Redirects to the provider's authorization endpoint." }) },
      },
      config: {
        operation: 'login',
        summary: 'Begins a sign-in',
        problems: ['provider_unavailable', 'clock_wrong'],
      },
    },
    async (request, reply) => {
      // Nobody goes to the provider for a sign-in that cannot end here.
      deps.clockGuard.check();
      const query = new URL(request.url, deps.config.origins.app).searchParams.getAll('return_to');
      const transaction = {
        state: randomBytes(32).toString('base64url'),
        nonce: randomBytes(32).toString('base64url'),
        codeVerifier: randomBytes(32).toString('base64url'),
        returnTo: query.length === 1 ? toReturnTo(query[0], deps.config.origins.app) : '/',
        expiresAtEpoch: nowEpoch(deps) + LOGIN_LIFETIME_SECONDS,
      };
      const url = await deps.identityProvider.authorizationUrl(transaction);
      const pending = await Promise.all(
        Object.entries(request.cookies)
          .filter(([name]) => isLoginCookieName(name))
          .slice(0, MAX_OPENED)
          .map(async ([cookieName, sealed]) => ({
            cookieName,
            transaction: toTransaction(await deps.sealer.open(sealed ?? '')),
          })),
      );
      for (const name of loginsToDrop(pending)) reply.clearCookie(name, HOST_COOKIE);
      reply.setCookie(loginCookieName(transaction.state), await deps.sealer.seal(transaction), {
        ...HOST_COOKIE,
        maxAge: LOGIN_LIFETIME_SECONDS,
      });
      return reply.redirect(url.href, 302);
    },
  );
}
