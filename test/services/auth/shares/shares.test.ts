import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, teamOwner } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import type { Role, TeamKind } from '../../../../services/auth/domain/membership.ts';
import { newTeam, type Team } from '../../../../services/auth/domain/team.ts';
import { withMembership } from '../../../../services/auth/domain/team-starts.ts';
import type { UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { createShares, type Shares, type SharingSession } from '../../../../services/auth/shares/shares.ts';
import { createTeams } from '../../../../services/auth/teams/teams.ts';
import { gated, hurriedClock, inEveryOrder } from '../support/every-order.ts';
import { createMemoryStores } from '../support/memory-stores.ts';
import { nowEpoch, seedSession } from '../support/seed-session.ts';

const NOW = nowEpoch();
const [ANN, BEN] = [parseUserId('ann'), parseUserId('ben')];
const SHARE = { name: 'a.png', etag: 'e', expiresAtEpoch: NOW + 600 };

type Memory = ReturnType<typeof createMemoryStores>;

/** A team with Ann as manager and Ben as editor, both signed in. The item of a team of the provider is not made yet. */
async function createWorld({ kind = 'made' }: { kind?: TeamKind } = {}) {
  const memory = createMemoryStores();
  const teamId = newTeamId();
  const roles: [UserId, Role][] = [
    [ANN, 'manager'],
    [BEN, 'editor'],
  ];
  const name = kind === 'provider' ? { name: 'Claim' } : {};
  const folders = new Map<UserId, SharingSession>();
  for (const [userId, role] of roles) {
    const { token: _token, ...session } = await seedSession(memory.users, userId);
    const { user, version } = memory.record(userId);
    await memory.users.write(userId, version, withMembership(user, { teamId, role, kind, ...name }, NOW));
    const known = memory.record(userId);
    folders.set(userId, { userId, owner: teamOwner(teamId), session, known, readAtEpoch: NOW });
  }
  const members = roles.map(([userId, role]) => ({ userId, role, joinedAtEpoch: NOW }));
  if (kind === 'made')
    await memory.teams.write(teamId, 0, { ...newTeam('Photos', { userId: ANN }, NOW), members });
  const edge = { ofTeam: 'told' as 'told' | 'pending' };
  const shares = (stores: Pick<Memory, 'users' | 'teams'> = memory): Shares =>
    createShares({
      ...{ users: stores.users, teams: stores.teams, clock: hurriedClock(NOW) },
      teller: { tell: async () => 'told', tellTeam: async () => edge.ofTeam },
    });
  const team = () => memory.team(teamId)?.team;
  return {
    ...{ memory, teamId, shares, team, edge },
    folder(userId: UserId): SharingSession {
      const folder = folders.get(userId);
      if (!folder) throw new Error(`${userId} has no folder`);
      return folder;
    },
    async changeTeam(change: (team: Team) => Team | undefined): Promise<void> {
      const known = memory.team(teamId);
      const changed = known && change(known.team);
      if (changed) await memory.teams.write(teamId, known.version, changed);
    },
    async changeRecord(userId: UserId, change: (user: UserRecord) => UserRecord): Promise<void> {
      const { user, version } = memory.record(userId);
      await memory.users.write(userId, version, change(user));
    },
    open: () => team()?.shares.map(({ number, maker }) => [number, maker?.userId]) ?? [],
    maker: (userId: UserId) => ({ userId, start: folders.get(userId)?.session.start }),
  };
}

const url = async (id: number) => `url of ${id}`;

t.test('an editor is removed while sharing a file, in every order: no link of it opens', async (t) => {
  const faults = new Set<string>();
  const seen = new Set<string>();
  const worlds = await Promise.all(Array.from({ length: 2_000 }, () => createWorld()));
  const orders = await inEveryOrder(() => {
    const world = worlds.pop();
    if (!world) throw new Error('there are more orders than worlds');
    const { users, teams } = world.memory;
    let outcome = '';
    return {
      processes: [
        async (gate) => {
          try {
            await world.shares(gated({ users, teams }, gate)).create(world.folder(BEN), SHARE, url);
            outcome = 'shared';
          } catch (error) {
            if (!(error instanceof GatewayError)) throw error;
            outcome = error.code;
          }
        },
        async (gate) => {
          const told = async () => 'told' as const;
          await createTeams({
            ...gated({ users, teams }, gate),
            ...{ clock: hurriedClock(NOW), teller: { tell: told, tellTeam: told } },
          }).remove(ANN, world.teamId, BEN);
        },
      ],
      check() {},
      async end() {
        seen.add(outcome);
        if (world.open().length > 0) faults.add(`${outcome}, and it is open`);
        const isRevoked = world.team()?.revokedShares.some(({ number }) => number === 1);
        if (outcome === 'shared' && !isRevoked) faults.add('it is not revoked');
      },
    };
  });
  t.ok(orders > 50, `${orders} orders`);
  t.strictSame([...faults], []);
  t.strictSame([...seen].toSorted(), ['no_such_team', 'shared']);
});
