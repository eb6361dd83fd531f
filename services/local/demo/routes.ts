import { addRoutes, route } from '@cloudfront-cookie-gateway/auth/http/route';
import type { CurrentSession } from '@cloudfront-cookie-gateway/auth/sessions/session-deps';
import type { Deps } from '@cloudfront-cookie-gateway/auth/wiring/deps';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { deriveUserId } from '@cloudfront-cookie-gateway/core/user-id';
import type { Decision } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
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
  const about = { method: 'POST', operation: 'demo' } as const;
  const answers = { 200: Type.Unknown() };
  // Where people make no teams, the demonstration makes none either.
  const hasTeams = deps.config.teams.areMade;
  const fileBytes = countFileBytes(app);
  const lastSignOut = watchSignOuts(app, deps, edge);
  let isTeamMade = false;
  addRoutes(app, deps, [
    route({
      ...{ ...about, url: '/demo/state', caller: 'anybody', answers },
      handler: async () => ({ fileBytes: fileBytes(), signOut: lastSignOut(), hasTeams, isTeamMade }),
    }),

    route({
      ...{ ...about, url: '/demo/login', caller: 'anybody', answers, body: Login },
      async handler({ request, reply, body: { login } }) {
        const { host = '', cookie = '' } = request.headers;
        const { url, setCookies } = await beginLogin(service, login, { host, cookie });
        for (const line of setCookies) reply.header('set-cookie', line);
        return { url: url.href };
      },
    }),

    route({
      ...{ ...about, url: '/demo/team', caller: 'anybody', answers },
      async handler() {
        if (!hasTeams) throw new GatewayError('not_found');
        await makeSharedTeam(service);
        isTeamMade = true;
        return {};
      },
    }),

    route({
      ...{ ...about, url: '/demo/attempts', caller: 'person', answers },
      async handler({ person }) {
        const isAlice = person.userId === deriveUserId(deps.config.oidcIssuer, 'alice');
        const attempts = allAttempts(service, person, isAlice ? 'bob' : 'alice');
        return {
          victim: isAlice ? 'Bob' : 'Alice',
          attempts: await tryAttempts(attempts, edge, decisionsSince),
        };
      },
    }),
  ]);
}

async function* allAttempts(
  service: { app: FastifyInstance; deps: Deps },
  current: CurrentSession,
  login: (typeof LOGINS)[number],
): AsyncGenerator<Attempt> {
  const { deps } = service;
  const victimId = deriveUserId(deps.config.oidcIssuer, login);
  yield* await attemptsOf(current, victimId, deps);
  if (!deps.config.teams.areMade) return;
  yield* teamAttempts(service, { login, victimFile: await pathOfAFile(victimId, deps) });
}
