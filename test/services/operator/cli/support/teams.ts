import { newTeamId, type TeamId } from '../../../../../core/owner.ts';
import { teamStart } from '../../../../../core/team-start.ts';
import { parseUserId } from '../../../../../core/user-id.ts';
import { createTries } from '../../../../../services/auth/table/change.ts';
import type { Role } from '../../../../../services/auth/teams/membership.ts';
import { settle } from '../../../../../services/auth/teams/settle.ts';
import { newTeam, type Team } from '../../../../../services/auth/teams/team.ts';
import type { SessionStores } from '../../../../../services/operator/cli/stores.ts';
import { nowEpoch } from '../../../auth/support/seed-session.ts';

/**
 * A team in the table, whose members' records say so too.
 * @param roles by user id; the maker comes first
 * @param changes what the item has beside that
 */
export async function seedTeam(
  stores: SessionStores,
  roles: Record<string, Role>,
  changes: Partial<Team> = {},
): Promise<TeamId> {
  const teamId = newTeamId();
  const people = Object.keys(roles).map(parseUserId);
  const [maker = parseUserId('nobody')] = people;
  const now = nowEpoch();
  const members = people.map((userId) => {
    const role = roles[userId] ?? 'viewer';
    return { userId, role, joinedAtEpoch: now, dueSinceEpoch: now };
  });
  await stores.teams.write(teamId, 0, { ...newTeam('Photos', { userId: maker }, now), members });
  await settle(stores, teamId, people, createTries(stores.clock));
  await changeTeam(stores, teamId, changes);
  return teamId;
}

/** What the item of a team has with open links, one of each maker. Their ids are `link-0`, `link-1` and so on. */
export function withLinksOf(...makers: string[]): Pick<Team, 'links' | 'linkNumber'> {
  const links = makers.map((maker, n) => ({
    ...{
      hash: `link-${n}`,
      random: 'r'.repeat(21),
      role: 'viewer' as const,
      start: teamStart(13, n),
      generation: 0,
    },
    maker: { userId: parseUserId(maker), start: 1 },
    ...{ createdAtEpoch: nowEpoch(), expiresAtEpoch: nowEpoch() + 600 },
  }));
  return { links, linkNumber: 13 };
}

export async function changeTeam(stores: SessionStores, teamId: TeamId, changes: Partial<Team>) {
  const known = await stores.teams.read(teamId);
  if (known) await stores.teams.write(teamId, known.version, { ...known.team, ...changes });
}

/** Who belongs to a team, by its item and by the members' records. Both must say the same. */
export async function rolesIn(stores: SessionStores, teamId: TeamId, people: string[]) {
  const known = await stores.teams.read(teamId);
  const roles: Record<string, string> = {};
  for (const userId of people.map(parseUserId)) {
    const { user } = await stores.users.read(userId);
    const byItem = known?.team.members.find((member) => member.userId === userId)?.role;
    const byRecord = user.memberships.find((membership) => membership.teamId === teamId)?.role;
    roles[userId] = byItem === byRecord ? (byItem ?? 'none') : `item: ${byItem}, record: ${byRecord}`;
  }
  return roles;
}
