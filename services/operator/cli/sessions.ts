import { liveSessions } from '../../auth/sessions/sessions.ts';
import { parseId, parseOperands, type Syntax } from './command-line.ts';
import { answered, openSessionStores } from './session-stores.ts';
import type { Environment } from './signer.ts';

export const SESSIONS: Syntax = {
  usage: 'sessions <user id>',
  about: 'lists the live sessions of a user, one line of JSON each',
  operands: [1, 1],
};

/**
 * The live sessions of a user, the newest first, with one line of JSON for each.
 * @throws UsageError
 */
export async function sessionsCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
): Promise<string[]> {
  const [rawId = ''] = parseOperands(SESSIONS, args);
  const { users, clock } = openSessionStores(env, localDirectory);
  const { user } = await answered(users.read(parseId(rawId)), 'no session is listed');
  const iso = (epochSeconds: number) => new Date(epochSeconds * 1_000).toISOString();
  return liveSessions(user.sessions, Math.floor(clock.now() / 1_000)).map((session) =>
    JSON.stringify({
      id: session.id,
      createdAt: iso(session.createdAtEpoch),
      lastUsedAt: iso(session.lastUsedAtEpoch),
      userAgent: session.userAgent,
    }),
  );
}
