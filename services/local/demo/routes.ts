import type { Deps } from '@cloudfront-cookie-gateway/auth/http/context';
import { requireSameOrigin, requireSession, signedIn } from '@cloudfront-cookie-gateway/auth/http/guards';
import type { CurrentSession } from '@cloudfront-cookie-gateway/auth/sessions/session-deps';
import { deriveUserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Decision } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import * as Type from 'typebox';
import { type Attempt, attemptsOf, pathOfAFile, tryAttempts } from './attempts.ts';
import { countFileBytes } from './byte-count.ts';
import type { EdgeAddress } from './edge-request.ts';
import { beginLogin } from './people.ts';
import { makeSharedTeam } from './shared-team.ts';
import { watchSignOuts } from './stopwatch.ts';
import { teamAttempts } from './team-attempts.ts';

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
  const service = { app, deps };
  const config = { operation: 'demo' };
  // Where people make no teams, the demonstration makes none either.
  const hasTeams = deps.config.teams.areMade;
  const fileBytes = countFileBytes(app);
  const lastSignOut = watchSignOuts(app, deps, edge);
  let isTeamMade = false;
  app.register(async (own) => {
    requireSameOrigin(own, deps.config.origins.app);
    own.post('/demo/state', { config }, async () => ({
      fileBytes: fileBytes(),
      signOut: lastSignOut(),
      hasTeams,
      isTeamMade,
    }));

    own
      .withTypeProvider<TypeBoxTypeProvider>()
      .post('/demo/login', { schema: { body: Login }, config }, async (request, reply) => {
        const { host = '', cookie = '' } = request.headers;
        const { url, setCookies } = await beginLogin(service, request.body.login, { host, cookie });
        for (const line of setCookies) reply.header('set-cookie', line);
        return { url: url.href };
      });

    if (hasTeams) {
      own.post('/demo/team', { config }, async () => {
        await makeSharedTeam(service);
        isTeamMade = true;
        return {};
      });
    }

    own.register(async (people) => {
      requireSession(people, deps);
      people.post('/demo/attempts', { config }, async (request) => {
        const current = signedIn(request);
        const isAlice = current.userId === deriveUserId(deps.config.oidc.issuer, 'alice');
        const attempts = allAttempts(service, current, isAlice ? 'bob' : 'alice');
        return {
          victim: isAlice ? 'Bob' : 'Alice',
          attempts: await tryAttempts(attempts, edge, decisionsSince),
        };
      });
    });
  });
}

async function* allAttempts(
  service: { app: FastifyInstance; deps: Deps },
  current: CurrentSession,
  login: (typeof LOGINS)[number],
): AsyncGenerator<Attempt> {
  const { deps } = service;
  const victimId = deriveUserId(deps.config.oidc.issuer, login);
  yield* await attemptsOf(current, victimId, deps);
  if (!deps.config.teams.areMade) return;
  yield* teamAttempts(service, { login, victimFile: await pathOfAFile(victimId, deps) });
}
