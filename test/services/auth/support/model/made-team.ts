import { parseTeamId } from '../../../../../core/owner.ts';
import { parseUserId } from '../../../../../core/user-id.ts';
import { hashToken } from '../../../../../services/auth/domain/secret-token.ts';
import {
  INVITATION,
  newTeam,
  withInvitation,
  withSettled,
} from '../../../../../services/auth/domain/team.ts';
import { NEW_USER } from '../../../../../services/auth/domain/user-record.ts';
import type { World } from './processes.ts';

/** The team that people made. Its item says who belongs to it. */
export const MADE = parseTeamId('r'.repeat(26));
/** Founded the team, and stays its manager. Nobody signs in as this user. */
export const MANAGER = parseUserId('manager');
const SECRET = 'secret';

/** The team with its manager, whose record says so. */
export async function foundTeam({ memory, time }: Pick<World, 'memory' | 'time'>): Promise<void> {
  const team = withSettled(newTeam('Photos', { userId: MANAGER }, time.nowEpoch()), [MANAGER]);
  await memory.teams.write(MADE, 0, team);
  const memberships = [{ teamId: MADE, role: 'manager', kind: 'made' } as const];
  await memory.users.write(MANAGER, 0, { ...NEW_USER, memberships });
}

/**
 * The manager invites an editor, unless an invitation is open. A removal ends every invitation.
 * @returns the secret of the invitation
 */
export async function invite({ memory, time }: Pick<World, 'memory' | 'time'>): Promise<string> {
  const known = memory.team(MADE);
  const invitation = {
    ...{ hash: hashToken(SECRET), role: 'editor' as const, usesLeft: INVITATION.uses.most },
    expiresAtEpoch: time.nowEpoch() + INVITATION.seconds.longest,
    maker: { userId: MANAGER, start: 0 },
  };
  const changed = known && withInvitation(known.team, invitation, time.nowEpoch());
  if (changed) await memory.teams.write(MADE, known.version, changed);
  return `${MADE}.${SECRET}`;
}
