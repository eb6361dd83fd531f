import { addRoutes, route } from '@cloudfront-cookie-gateway/auth/http/route';
import type { Deps } from '@cloudfront-cookie-gateway/auth/wiring/deps';
import { deriveUserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { FastifyInstance } from 'fastify';
import * as Type from 'typebox';
import { tryAttempts } from './attempts.ts';
import { signLoginHint } from './login-hint.ts';

const Login = Type.Object({ login: Type.Union([Type.Literal('alice'), Type.Literal('bob')]) });

/** The endpoints of the demonstration strip. Only the local stack has them, and all of them demand the app's origin. */
export function demonstrationRoutes(app: FastifyInstance, deps: Deps, edgePort: number): void {
  const { oidcIssuer, oidcClientSecret = '' } = deps.config;
  const about = { method: 'POST', operation: 'demo', answers: { 200: Type.Unknown() } } as const;
  addRoutes(app, deps, [
    route({
      ...{ ...about, url: '/demo/login', caller: 'anybody', body: Login },
      /** Begins a sign-in at the local provider, which will ask for no form. */
      async handler({ request, reply, body: { login } }) {
        const { host = '', cookie = '' } = request.headers;
        const begun = await app.inject({ url: '/auth/login?return_to=/', headers: { host, cookie } });
        for (const line of [begun.headers['set-cookie'] ?? []].flat()) reply.header('set-cookie', line);
        const url = new URL(begun.headers.location ?? '');
        const state = url.searchParams.get('state') ?? '';
        // Without this, a provider that still has a session of another person would not ask who signs in.
        url.searchParams.set('prompt', 'login');
        url.searchParams.set('login_hint', signLoginHint(login, state, oidcClientSecret));
        return { url: url.href };
      },
    }),

    route({
      ...{ ...about, url: '/demo/attempts', caller: 'person' },
      async handler({ person }) {
        const isAlice = person.userId === deriveUserId(oidcIssuer, 'alice');
        const victimId = deriveUserId(oidcIssuer, isAlice ? 'bob' : 'alice');
        const attempts = await tryAttempts(person, victimId, deps, edgePort);
        return { victim: isAlice ? 'Bob' : 'Alice', attempts };
      },
    }),
  ]);
}
