import { type AuditLog, audit } from '@cloudfront-cookie-gateway/auth/http/audit';
import { endAllSessions, endSessionById } from '@cloudfront-cookie-gateway/auth/sessions/end';
import type { UserRecord } from '@cloudfront-cookie-gateway/auth/sessions/record';
import { liveSessions } from '@cloudfront-cookie-gateway/auth/sessions/sessions';
import {
  operandsOf,
  type Place,
  parseCommand,
  parseId,
  type Syntax,
  UsageError,
  withJoined,
} from './command-line.ts';
import { answered, openSessionStores } from './stores.ts';

export const SESSIONS: Syntax = {
  usage: 'sessions <user id>',
  about: 'lists the live sessions of a user, one line of JSON each',
  operands: [1, 1],
};

/**
 * The live sessions of a user, the newest first, with one line of JSON for each.
 * @throws UsageError
 */
export async function sessionsCommand(args: string[], place: Place): Promise<string[]> {
  const [rawId = ''] = operandsOf(SESSIONS, args);
  const { users, clock } = openSessionStores(place);
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

export const REVOKE = {
  usage: 'revoke <user id> [--session <session id>]',
  about: 'ends every session and every share of a user, or one session, at the edge too',
  options: { session: { type: 'string' } },
  operands: [1, 1],
} as const satisfies Syntax;

/** What the edge knows, at the end of a sentence. */
export const EDGE = {
  told: 'at the edge too',
  pending: 'but the edge has not confirmed; the service will tell it',
};

/**
 * Ends every session and share of a user, or one session, at the edge too. It is for a disabled account or a stolen
 * laptop.
 * @throws UsageError
 */
export async function revokeCommand(args: string[], place: Place, auditLog: AuditLog): Promise<string> {
  const { values, operands } = parseCommand(REVOKE, withJoined(args, '--session'));
  const { session } = values;
  const userId = parseId(operands[0] ?? '');
  const stores = openSessionStores(place);
  const nothing = 'nothing is revoked';
  if (session !== undefined) {
    const ended = await answered(endSessionById(stores, userId, session), nothing);
    if (!ended) {
      throw new UsageError(`${userId} has no such session: npm run gateway -- sessions ${userId} lists them`);
    }
    audit(auditLog, 'session_ended', { userId, session });
    return `${userId}: the session ${session} has ended, ${EDGE[await ended.edge]}`;
  }
  const { user, version } = await answered(stores.users.read(userId), nothing);
  const { edge, endInTeams } = await answered(endAllSessions(stores, userId), nothing);
  audit(auditLog, 'revoked', { userId });
  const inTeams = await endInTeams(true).catch(() => 'failed' as const);
  const all = `${userId}: every session and every share is revoked, ${EDGE[await edge]}${inTeamsOf(user, inTeams)}`;
  return version > 0
    ? all
    : `${all}\nNobody has signed in here with this id. The revocation covers cookies that were made without a sign-in, if there are any. Is the id correct?`;
}

/** What has ended in the user's teams, and what stays, on a line of its own. Empty for a user without teams. */
function inTeamsOf({ memberships }: UserRecord, outcome: keyof typeof EDGE | 'failed'): string {
  if (memberships.length === 0) return '';
  const teams = memberships.map(({ teamId }) => teamId).join(', ');
  const ended =
    outcome === 'failed'
      ? 'The service will end the shares, links and invitations that the user made there, since the table does not answer now'
      : `The shares, links and invitations that the user made there have ended, ${EDGE[outcome]}`;
  return `\nThe user still belongs to ${teams}. ${ended}. A manager of a team can remove the user.`;
}
