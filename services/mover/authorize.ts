import { requireSession } from '@cloudfront-cookie-gateway/auth/sessions/live';
import { hashToken } from '@cloudfront-cookie-gateway/auth/sessions/secret-token';
import { parseSessionToken } from '@cloudfront-cookie-gateway/auth/sessions/session';
import type { CurrentSession, SessionDeps } from '@cloudfront-cookie-gateway/auth/sessions/session-deps';
import { type Role, requireMembership } from '@cloudfront-cookie-gateway/auth/teams/membership';
import { requireRole } from '@cloudfront-cookie-gateway/auth/teams/team';
import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { UserId } from '@cloudfront-cookie-gateway/core/user-id';

export type AuthorizeDeps = Pick<SessionDeps, 'users' | 'teams' | 'clock' | 'clockGuard'>;

/** A folder, and the lowest role that may do there what is wanted. */
export interface Need {
  owner: Owner;
  role: Role;
}

/**
 * Reads the records, and checks that the token is that of a live session whose user may do all of this. A user has one
 * folder of one's own. In a team that people made, the user's record and the team's item must both say so: whoever was
 * removed is refused at once. It does not check that the service issued the token, since only the service calls.
 * @throws GatewayError no_session; account_changed for another user's folder; no_such_team, role_too_low;
 *   clock_wrong, store_unavailable
 */
export async function authorize(
  deps: AuthorizeDeps,
  rawToken: string,
  needs: readonly Need[],
): Promise<CurrentSession> {
  const token = parseSessionToken(rawToken);
  if (!token) throw new GatewayError('no_session');
  const { userId } = token;
  const readAtEpoch = nowEpoch(deps);
  const known = await deps.users.read(userId);
  deps.clockGuard.check();
  const session = requireSession(known.user, hashToken(token.secret), readAtEpoch);
  const current = { userId, session, known, readAtEpoch };
  for (const need of needs) await requireNeed(deps, current, need);
  return current;
}

/** The same for a user whose session was checked before. */
export async function authorizeRole(deps: AuthorizeDeps, userId: UserId, need: Need): Promise<void> {
  const known = await deps.users.read(userId);
  deps.clockGuard.check();
  await requireNeed(deps, { userId, known }, need);
}

async function requireNeed(
  { teams }: AuthorizeDeps,
  { userId, known }: Pick<CurrentSession, 'userId' | 'known'>,
  { owner, role }: Need,
): Promise<void> {
  if (owner.kind === 'user') {
    if (owner.id !== userId) throw new GatewayError('account_changed');
    return;
  }
  const { kind } = requireMembership(known.user, owner.id);
  if (kind === 'made') {
    const item = await teams.read(owner.id);
    if (!item) throw new GatewayError('no_such_team');
    requireRole(item.team, userId, role);
  }
  requireMembership(known.user, owner.id, role);
}
