import { parseTeamId } from '../../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../../core/user-id.ts';
import { NEW_USER } from '../../../../../services/auth/sessions/record.ts';
import { hashToken } from '../../../../../services/auth/sessions/secret-token.ts';
import {
  INVITATION,
  membersOf,
  newTeam,
  withInvitation,
  withSettled,
} from '../../../../../services/auth/teams/team.ts';
import type { MemoryStores } from '../memory-stores.ts';
import type { VirtualTime } from './virtual-time.ts';

interface World {
  memory: MemoryStores;
  time: VirtualTime;
}

/** The team that people made. Its item says who belongs to it. */
export const MADE = parseTeamId('r'.repeat(26));
/** Founded the team, and stays its manager. Nobody signs in as this user. */
export const MANAGER = parseUserId('manager');
const SECRET = 'secret';

/** The team with its manager and these editors. Their records say so. */
export async function foundTeam({ memory, time }: World, editors: ReadonlySet<UserId>): Promise<void> {
  const now = time.nowEpoch();
  const founded = newTeam('Photos', { userId: MANAGER }, now);
  const members = [...editors].map((userId) => ({ userId, role: 'editor' as const, joinedAtEpoch: now }));
  const team = withSettled({ ...founded, members: [...founded.members, ...members] }, [MANAGER]);
  await memory.teams.write(MADE, 0, team);
  for (const { userId, role } of membersOf(team)) {
    const memberships = [{ teamId: MADE, role, kind: 'made' } as const];
    await memory.users.write(userId, 0, { ...NEW_USER, memberships });
  }
}

/**
 * The manager invites an editor, unless an invitation is open. A removal ends every invitation.
 * @returns the secret of the invitation
 */
export async function invite({ memory, time }: World): Promise<string> {
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
