import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import { hashToken, newSecretToken } from '../../domain/secret-token.ts';
import type { Deps } from '../../wiring/deps.ts';
import { HOST_COOKIE } from '../cookies.ts';
import { route } from '../route.ts';

/** The hash of the `state` that this browser took along to the provider for the sign-out. */
const RETURN_COOKIE = '__Host-logout';
/** The provider may ask the person first. */
const RETURN_SECONDS = 10 * 60;

function parameters(url: string, name: string, { config }: Deps): string[] {
  return new URL(url, config.origins.app).searchParams.getAll(name);
}

/** The way to the provider and back (OpenID Connect RP-Initiated Logout 1.0). */
export const endSessionRoutes = [
  // The provider's own address holds the ID token, so no script ever sees that address.
  route({
    method: 'GET',
    url: '/auth/end-session',
    operation: 'end_session',
    summary: 'The one-time address that a sign-out leads to',
    caller: 'anybody',
    problems: ['bad_request', 'provider_unavailable', 'store_unavailable', 'clock_wrong'],
    query: Type.Object({ ticket: Type.Optional(Type.Unknown()) }),
    answers: { 302: Type.Null({ description: "Redirects to the provider's end-session endpoint." }) },
    async handler({ deps, request, reply }) {
      const { requestLimits } = request.server;
      const [ticket] = parameters(request.url, 'ticket', deps);
      if (ticket === undefined) return reply.redirect('/');
      const take = () => deps.sessions.takeTicket(ticket);
      const idToken = await requestLimits.lookUp(request, reply, ticket, take);
      if (idToken === undefined) await requestLimits.countRefusal(request, reply);
      const { token: state, hash } = newSecretToken();
      const url = idToken && (await deps.identityProvider.endSessionUrl(idToken, state));
      if (!url) return reply.redirect('/');
      reply.setCookie(RETURN_COOKIE, hash, { ...HOST_COOKIE, maxAge: RETURN_SECONDS });
      return reply.redirect(url.href);
    },
  }),

  route({
    method: 'GET',
    url: '/auth/signed-out',
    operation: 'signed_out',
    summary: 'Where the provider sends the browser after a sign-out',
    caller: 'anybody',
    problems: ['logout_state_invalid'],
    query: Type.Object({ state: Type.Optional(Type.Unknown()) }),
    answers: { 302: Type.Null({ description: 'Redirects to the start page.' }) },
    async handler({ deps, request, reply }) {
      const [state, ...more] = parameters(request.url, 'state', deps);
      const expected = request.cookies[RETURN_COOKIE];
      // Some providers, such as Amazon Cognito, do not send the state back. Then this browser must at least be the one
      // that went there.
      const isExpected =
        expected !== undefined && more.length === 0 && (state === undefined || expected === hashToken(state));
      if (!isExpected) throw new GatewayError('logout_state_invalid');
      reply.clearCookie(RETURN_COOKIE, HOST_COOKIE);
      return reply.redirect('/');
    },
  }),
];
