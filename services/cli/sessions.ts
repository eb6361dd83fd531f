import { liveSessions } from '../auth/sessions/sessions.ts';
import { answered, openSessionStores, parseId } from './session-stores.ts';
import type { Environment } from './signer.ts';
import { UsageError } from './usage-error.ts';

export const SESSIONS_USAGE = 'sessions <user id>';

/**
 * The live sessions of a user, the newest first, with one line of JSON for each.
 * @throws UsageError
 */
export async function sessionsCommand(
  args: string[],
  env: Environment,
  localDirectory: string,
): Promise<string[]> {
  const [rawId, ...more] = args;
  if (rawId === undefined || more.length > 0) throw new UsageError(`usage: ${SESSIONS_USAGE}`);
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
