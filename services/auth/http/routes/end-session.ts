import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyInstance } from 'fastify';
import * as Type from 'typebox';
import { hashToken, newSecretToken } from '../../domain/secret-token.ts';
import type { Deps } from '../context.ts';
import { HOST_COOKIE } from '../cookies.ts';

/** The hash of the `state` that this browser took along to the provider for the sign-out. */
const RETURN_COOKIE = '__Host-logout';
/** The provider may ask the person first. */
const RETURN_SECONDS = 10 * 60;

/**
 * The way to the provider and back (OpenID Connect RP-Initiated Logout 1.0). `GET /auth/end-session` is the one-time
 * address that a sign-out leads to. The provider's own address holds the ID token, so no script ever sees that address.
 * `GET /auth/signed-out` is the address to which the provider sends the browser back. It checks the `state` that this
 * browser took along.
 */
export function endSessionRoutes(
  app: FastifyInstance,
  deps: Pick<Deps, 'config' | 'identityProvider' | 'sessions'>,
): void {
  app.get(
    '/auth/end-session',
    {
      schema: {
        querystring: Type.Object({ ticket: Type.Optional(Type.Unknown()) }),
        response: { 302: Type.Null({ description: "Redirects to the provider's end-session endpoint." }) },
      },
      config: {
        operation: 'end_session',
        summary: 'The one-time address that a sign-out leads to',
        problems: ['bad_request', 'provider_unavailable', 'store_unavailable', 'clock_wrong'],
      },
    },
    async (request, reply) => {
      const [ticket] = parameters(request.url, 'ticket', deps);
      if (ticket === undefined) return reply.redirect('/', 302);
      const take = () => deps.sessions.takeTicket(ticket);
      const idToken = await app.requestLimits.lookUp(request, reply, ticket, take);
      if (idToken === undefined) await app.requestLimits.countRefusal(request, reply);
      const { token: state, hash } = newSecretToken();
      const url =
        idToken === undefined ? undefined : await deps.identityProvider.endSessionUrl(idToken, state);
      if (!url) return reply.redirect('/', 302);
      reply.setCookie(RETURN_COOKIE, hash, { ...HOST_COOKIE, maxAge: RETURN_SECONDS });
      return reply.redirect(url.href, 302);
    },
  );

  app.get(
    '/auth/signed-out',
    {
      schema: {
        querystring: Type.Object({ state: Type.Optional(Type.Unknown()) }),
        response: { 302: Type.Null({ description: 'Redirects to the start page.' }) },
      },
      config: {
        operation: 'signed_out',
        summary: 'Where the provider sends the browser after a sign-out',
        problems: ['logout_state_invalid'],
      },
    },
    async (request, reply) => {
      const [state, ...more] = parameters(request.url, 'state', deps);
      const expected = request.cookies[RETURN_COOKIE];
      // Some providers, such as Amazon Cognito, do not send the state back. Then this browser must at least be the one
      // that went there.
      const isExpected =
        expected !== undefined && more.length === 0 && (state === undefined || expected === hashToken(state));
      if (!isExpected) throw new GatewayError('logout_state_invalid');
      reply.clearCookie(RETURN_COOKIE, HOST_COOKIE);
      return reply.redirect('/', 302);
    },
  );
}

function parameters(url: string, name: string, { config }: Pick<Deps, 'config'>): string[] {
  return new URL(url, config.origins.app).searchParams.getAll(name);
}
