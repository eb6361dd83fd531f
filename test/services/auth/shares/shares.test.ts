import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import type { Role, TeamKind } from '../../../../services/auth/domain/membership.ts';
import { newTeam, type Team, withoutMember, withRole } from '../../../../services/auth/domain/team.ts';
import { withMembership, withoutMembership } from '../../../../services/auth/domain/team-starts.ts';
import type { UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { createShares, type Shares, type SharingSession } from '../../../../services/auth/shares/shares.ts';
import { createTeams } from '../../../../services/auth/teams/teams.ts';
import { gated, hurriedClock, inEveryOrder } from '../support/every-order.ts';
import { before } from '../support/instances.ts';
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

type World = Awaited<ReturnType<typeof createWorld>>;
const url = async (id: number) => `url of ${id}`;
const code = (name: string) => ({ code: name });

t.test("a share of a team's file notes who made it, and any editor revokes it", async (t) => {
  const world = await createWorld();
  const shares = world.shares();
  t.strictSame(await shares.create(world.folder(BEN), SHARE, url), { id: 1, url: 'url of 1' });
  await shares.create(world.folder(ANN), SHARE, url);
  t.strictSame(await shares.open(world.folder(ANN)), [
    { number: 1, ...SHARE, maker: world.maker(BEN) },
    { number: 2, ...SHARE, maker: world.maker(ANN) },
  ]);
  t.strictSame(world.memory.record(BEN).user.shares, [], 'it is no share of the user');
  t.equal(await shares.revoke(world.folder(ANN), 1), 'told');
  world.edge.ofTeam = 'pending';
  t.equal(await shares.revoke(world.folder(ANN), 1), 'pending', 'after a lost answer');
  t.equal(await shares.revoke(world.folder(ANN), 3), undefined);
  t.strictSame(world.open(), [[2, ANN]]);
  t.equal(world.team()?.changes, 1);
});

t.test('a share is listed up to the second in which it expires', async (t) => {
  const world = await createWorld();
  const share = { ...SHARE, number: 1, maker: { userId: BEN, start: NOW } };
  for (const [expiresAtEpoch, count] of [
    [NOW, 0],
    [NOW + 1, 1],
  ] as const) {
    await world.changeTeam((team) => ({ ...team, lastShare: 1, shares: [{ ...share, expiresAtEpoch }] }));
    t.equal((await world.shares().open(world.folder(ANN))).length, count, `${expiresAtEpoch}`);
  }
});

t.test('the item refuses who is no editor any more, although the record was read before', async (t) => {
  for (const [change, refusal] of [
    [(team: Team) => withRole(team, ANN, { userId: BEN, role: 'viewer' }, NOW), 'role_too_low'],
    [(team: Team) => withoutMember(team, ANN, BEN, NOW), 'no_such_team'],
  ] as const) {
    const world = await createWorld();
    const shares = world.shares();
    await shares.create(world.folder(ANN), SHARE, url);
    await world.changeTeam(change);
    let wasDeleted = false;
    const deleteFile = async () => {
      wasDeleted = true;
    };
    const ben = world.folder(BEN);
    await t.rejects(shares.create(ben, SHARE, url), code(refusal), refusal);
    await t.rejects(shares.revoke(ben, 1), code(refusal), refusal);
    await t.rejects(shares.revokeOf(ben, 'a.png', deleteFile), code(refusal), refusal);
    t.notOk(wasDeleted, refusal);
    t.strictSame(world.open(), [[1, ANN]], refusal);
  }
});

t.test(
  'a session that has ended meanwhile revokes nothing in its own folder, and deletes no file',
  async (t) => {
    const world = await createWorld();
    const shares = world.shares();
    const own = { ...world.folder(BEN), owner: userOwner(BEN) };
    await shares.create(own, SHARE, url);
    await world.changeRecord(BEN, (user) => ({ ...user, sessions: [] }));
    await t.rejects(shares.revoke({ ...own, known: world.memory.record(BEN) }, 1), code('no_session'));
    const deleting = shares.revokeOf({ ...own, known: world.memory.record(BEN) }, 'a.png', async () => {
      throw new Error('the file is deleted');
    });
    await t.rejects(deleting, code('no_session'));
    t.strictSame(world.memory.record(BEN).user.shares, [{ number: 1, ...SHARE }]);
  },
);

t.test('a deleted file takes the shares of all makers with it, also those that come meanwhile', async (t) => {
  const world = await createWorld();
  const shares = world.shares();
  await shares.create(world.folder(BEN), SHARE, url);
  await shares.create(world.folder(BEN), { ...SHARE, name: 'b.png' }, url);
  const edge = await shares.revokeOf(world.folder(BEN), 'a.png', async () => {
    t.strictSame(world.open(), [[2, BEN]], 'the shares go first');
    await shares.create(world.folder(ANN), SHARE, url);
    // What is left to do happens although the doer may do nothing any more.
    await world.changeTeam((team) => withRole(team, ANN, { userId: BEN, role: 'viewer' }, NOW));
    world.edge.ofTeam = 'pending';
  });
  t.equal(edge, 'pending', 'one of two is not told');
  t.strictSame(world.open(), []);
});

t.test('the item of a team of the provider is made with its first share', async (t) => {
  const world = await createWorld({ kind: 'provider' });
  const shares = world.shares();
  t.strictSame(await shares.open(world.folder(BEN)), []);
  t.equal(await shares.revoke(world.folder(BEN), 1), undefined);
  t.equal(await shares.revokeOf(world.folder(BEN), 'a.png', async () => {}), 'told');
  t.equal(world.team(), undefined, 'nothing had to be written');
  await shares.create(world.folder(BEN), SHARE, url);
  t.match(world.team(), { kind: 'provider', name: 'Claim', members: [], lastShare: 1 });
  t.strictSame(world.open(), [[1, BEN]]);
});

t.test('what ends before the link is made takes the share back', async (t) => {
  const ends: [refusal: string, kinds: TeamKind[], (world: World) => Promise<void>][] = [
    [
      'no_session',
      ['made', 'provider'],
      (world) => world.changeRecord(BEN, (user) => ({ ...user, sessions: [] })),
    ],
    [
      'no_such_team',
      ['made', 'provider'],
      (world) => world.changeRecord(BEN, (user) => withoutMembership(user, world.teamId, NOW)),
    ],
    [
      'role_too_low',
      ['provider'],
      (world) =>
        world.changeRecord(BEN, (user) =>
          withMembership(user, { teamId: world.teamId, role: 'viewer', kind: 'provider' }, NOW),
        ),
    ],
  ];
  for (const [refusal, kinds, end] of ends) {
    for (const kind of kinds) {
      const world = await createWorld({ kind });
      // The record is read after the item was written.
      before(world.memory.teams, 'write', () => end(world));
      let made = 0;
      const creating = world.shares().create(world.folder(BEN), SHARE, async () => `${made++}`);
      await t.rejects(creating, code(refusal), `${kind}: ${refusal}`);
      t.strictSame([made, world.open(), world.team()?.lastShare], [0, [], 1], `${kind}: ${refusal}`);
    }
  }
});

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
