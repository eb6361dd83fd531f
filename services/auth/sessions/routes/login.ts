import { randomBytes } from 'node:crypto';
import { isLoginCookieName, loginCookieName } from '@cloudfront-cookie-gateway/core/cookies';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { LOGIN_LIFETIME_SECONDS } from '@cloudfront-cookie-gateway/core/time-bounds';
import * as Type from 'typebox';
import { HOST_COOKIE } from '../../cookies/cookies.ts';
import { route } from '../../http/route.ts';
import { loginsToDrop, toReturnTo } from '../../provider/login.ts';

/** Sends the browser to the provider, with code flow, PKCE S256, state and nonce. */
export const loginRoute = route({
  method: 'GET',
  url: '/auth/login',
  operation: 'login',
  summary: 'Begins a sign-in',
  caller: 'anybody',
  problems: ['provider_unavailable', 'clock_wrong'],
  limit: { requests: 10 },
  query: Type.Object({
    return_to: Type.Optional(
      Type.Unknown({ description: 'A path of this host; anything else counts as `/`.' }),
    ),
  }),
  answers: { 302: Type.Null({ description: "Redirects to the provider's authorization endpoint." }) },
  async handler({ deps, request, reply }) {
    // Nobody goes to the provider for a sign-in that cannot end here.
    deps.clockGuard.check();
    const { app } = deps.config.origins;
    const query = new URL(request.url, app).searchParams.getAll('return_to');
    const random = () => randomBytes(32).toString('base64url');
    const transaction = {
      ...{ state: random(), nonce: random(), codeVerifier: random() },
      returnTo: query.length === 1 ? toReturnTo(query[0], app) : '/',
      expiresAtEpoch: nowEpoch(deps) + LOGIN_LIFETIME_SECONDS,
    };
    const url = await deps.identityProvider.authorizationUrl(transaction);
    const begun = Object.keys(request.cookies).filter(isLoginCookieName);
    for (const name of loginsToDrop(begun)) reply.clearCookie(name, HOST_COOKIE);
    reply.setCookie(loginCookieName(transaction.state), await deps.sealer.seal(transaction), {
      ...HOST_COOKIE,
      maxAge: LOGIN_LIFETIME_SECONDS,
    });
    return reply.redirect(url.href);
  },
});
