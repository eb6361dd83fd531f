import type { Deps } from '@cloudfront-cookie-gateway/auth/http/context';
import { requireSameOrigin, requireSession, signedIn } from '@cloudfront-cookie-gateway/auth/http/guards';
import { deriveUserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Decision } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import * as Type from 'typebox';
import { attemptsOf, tryAttempts } from './attempts.ts';
import { countFileBytes } from './byte-count.ts';
import type { EdgeAddress } from './edge-request.ts';
import { signLoginHint } from './login-hint.ts';
import { watchSignOuts } from './stopwatch.ts';

const LOGINS = ['alice', 'bob'] as const;
const Login = Type.Object({ login: Type.Union(LOGINS.map((login) => Type.Literal(login))) });

export interface DemonstrationOptions {
  edge: EdgeAddress;
  /** The edge's decisions since a time, in milliseconds since 1970. */
  decisionsSince: (atMs: number) => Promise<Decision[]>;
}

/** The endpoints of the demonstration strip. Only the local stack has them, and all of them demand the app's origin. */
export function demonstrationRoutes(app: FastifyInstance, deps: Deps, options: DemonstrationOptions): void {
  const { edge, decisionsSince } = options;
  const fileBytes = countFileBytes(app);
  const lastSignOut = watchSignOuts(app, deps, edge);
  app.register(async (own) => {
    requireSameOrigin(own, deps.config.origins.app);
    own.post('/demo/state', { config: { operation: 'demo' } }, async () => ({
      fileBytes: fileBytes(),
      signOut: lastSignOut(),
    }));

    own
      .withTypeProvider<TypeBoxTypeProvider>()
      .post(
        '/demo/login',
        { schema: { body: Login }, config: { operation: 'demo' } },
        async (request, reply) => {
          const { host = '', cookie = '' } = request.headers;
          const begun = await app.inject({ url: '/auth/login?return_to=/', headers: { host, cookie } });
          for (const line of [begun.headers['set-cookie'] ?? []].flat()) reply.header('set-cookie', line);
          const url = new URL(begun.headers.location ?? '');
          const state = url.searchParams.get('state') ?? '';
          const { clientSecret = '' } = deps.config.oidc;
          // Without this, a provider that still has a session of another person would not ask who signs in.
          url.searchParams.set('prompt', 'login');
          url.searchParams.set('login_hint', signLoginHint(request.body.login, state, clientSecret));
          return { url: url.href };
        },
      );

    own.register(async (people) => {
      requireSession(people, deps);
      people.post('/demo/attempts', { config: { operation: 'demo' } }, async (request) => {
        const current = signedIn(request);
        const isAlice = current.userId === deriveUserId(deps.config.oidc.issuer, 'alice');
        const victim = isAlice ? 'bob' : 'alice';
        const attempts = await attemptsOf(current, victim, deps);
        return {
          victim: isAlice ? 'Bob' : 'Alice',
          attempts: await tryAttempts(attempts, edge, decisionsSince),
        };
      });
    });
  });
}
