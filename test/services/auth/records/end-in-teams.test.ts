import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, teamOwner } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import type { Role, TeamKind } from '../../../../services/auth/domain/membership.ts';
import { withEdgeTold } from '../../../../services/auth/domain/revocation-entry.ts';
import { newTeam, withMadeEnded, withoutMember } from '../../../../services/auth/domain/team.ts';
import { withMembership, withoutMembership } from '../../../../services/auth/domain/team-starts.ts';
import { endInTeams } from '../../../../services/auth/records/end-in-teams.ts';
import { createSetAside, type FailedItem } from '../../../../services/auth/revocations/set-aside.ts';
import { endAllSessions } from '../../../../services/auth/sessions/end.ts';
import type { CurrentSession } from '../../../../services/auth/sessions/session-deps.ts';
import { createShares } from '../../../../services/auth/shares/shares.ts';
import { settleDueTeams } from '../../../../services/auth/teams/settle-due.ts';
import { createTeams } from '../../../../services/auth/teams/teams.ts';
import { gated, hurriedClock, inEveryOrder, withEveryFault } from '../support/every-order.ts';
import { before } from '../support/instances.ts';
import { createMemoryStores } from '../support/memory-stores.ts';
import { change, nowEpoch, seedSession } from '../support/seed-session.ts';

const NOW = nowEpoch();
const [ANN, BEN] = [parseUserId('ann'), parseUserId('ben')];
const SHARE = { name: 'a.png', etag: 'e', expiresAtEpoch: NOW + 600 };
const WANTED = { role: 'viewer' as const, uses: 1, seconds: 600 };
const PEOPLE: [UserId, Role][] = [
  [ANN, 'manager'],
  [BEN, 'manager'],
];

/** A team with Ann and Ben as managers, both signed in, and what they do there. */
async function createWorld(kind: TeamKind = 'made') {
  const memory = createMemoryStores();
  const clock = hurriedClock(NOW);
  const teamId = newTeamId();
  const members = PEOPLE.map(([userId, role]) => ({ userId, role, joinedAtEpoch: NOW }));
  if (kind === 'made')
    await memory.teams.write(teamId, 0, { ...newTeam('Photos', { userId: ANN }, NOW), members });
  for (const [userId, role] of PEOPLE)
    await change(memory.users, userId, (user) => withMembership(user, { teamId, role, kind }, NOW));

  async function signIn(userId: UserId): Promise<CurrentSession> {
    const { token: _token, ...session } = await seedSession(memory.users, userId);
    return { userId, session, known: memory.record(userId), readAtEpoch: NOW };
  }

  type Gated = Pick<typeof memory, 'users' | 'teams'>;
  const teller = { tell: async () => 'told' as const, tellTeam: async () => 'told' as const };
  const deps = (stores: Gated) => ({ ...stores, clock, teller });
  return {
    ...{ memory, teamId, clock, signIn },
    share: (current: CurrentSession, stores: Gated = memory) =>
      createShares(deps(stores)).create({ ...current, owner: teamOwner(teamId) }, SHARE, async () => 'url'),
    invite: (current: CurrentSession, stores: Gated = memory) =>
      createTeams(deps(stores)).invite(current, teamId, WANTED),
    /** Both steps. */
    async signOutEverywhere(userId: UserId, stores: Gated = memory): Promise<void> {
      const tokens = { ...memory.tokens };
      const whole = { ...memory, ...deps(stores), tokens };
      const { edge, endInTeams: second } = await endAllSessions(
        { ...whole, teller: { ...NO_TELLER, ...teller } },
        userId,
      );
      await edge;
      await second(true);
    },
    open() {
      const { shares = [], invitations = [] } = memory.team(teamId)?.team ?? {};
      const makers = (made: readonly { maker?: { userId: UserId } }[]) =>
        made.map(({ maker }) => maker?.userId);
      return { shares: makers(shares), invitations: makers(invitations) };
    },
    due: (userId: UserId) => memory.record(userId).user.dueInTeams,
    /** The schedule, after the edge was told of what the records say. */
    async runSchedule(stores: Gated, onFailure: (error: unknown, failed: FailedItem) => void) {
      for (const [userId] of PEOPLE)
        await change(memory.users, userId, (user) => withEdgeTold(user, user, NOW, NOW));
      const setAside = createSetAside(clock, onFailure);
      await settleDueTeams({ ...stores, due: memory.due, clock, teller: { setAside } }, 60_000);
      return setAside.counts();
    },
  };
}

const BROKEN = new GatewayError('store_unavailable');
const NO_TELLER = {
  drain: async () => 0,
  isAnythingDue: async () => false,
  setAside: createSetAside(hurriedClock(NOW), () => {}),
  seen: () => ({ isFailing: false }),
};

t.test(
  'what one signs out of everywhere ends in teams too; what others made stays, and what comes later',
  async (t) => {
    const world = await createWorld();
    const [ann, ben] = [await world.signIn(ANN), await world.signIn(BEN)];
    for (const current of [ann, ben]) {
      await world.share(current);
      await world.invite(current);
    }
    const { changes = 0 } = world.memory.team(world.teamId)?.team ?? {};
    let again: CurrentSession | undefined;
    // Ann signs in again, and makes the same before the second step.
    before(world.memory.teams, 'read', async () => {
      again = await world.signIn(ANN);
      await world.share(again);
      await world.invite(again);
    });
    await world.signOutEverywhere(ANN);
    t.ok(again);
    t.strictSame(world.open(), { shares: [BEN, ANN], invitations: [BEN, ANN] });
    const { team } = world.memory.team(world.teamId) ?? {};
    t.strictSame(
      team?.revokedShares.map(({ number }) => number),
      [1],
    );
    t.equal(team?.changes, changes + 1, 'the edge is to be told');
    t.strictSame(world.due(ANN), [], 'nothing is left to do');
    await world.signOutEverywhere(ANN);
    t.strictSame(world.open(), { shares: [BEN], invitations: [BEN] });
  },
);

for (const kind of ['made', 'provider'] as const) {
  t.test(
    `a thief makes something in a team (${kind}) meanwhile, in every order: nothing of it stays`,
    async (t) => {
      const faults = new Set<string>();
      const seen = new Set<string>();
      const worlds = await Promise.all(
        Array.from({ length: 3_000 }, async () => {
          const world = await createWorld(kind);
          return { world, ann: await world.signIn(ANN) };
        }),
      );
      for (const doing of kind === 'made' ? (['share', 'invite'] as const) : (['share'] as const)) {
        const orders = await inEveryOrder(() => {
          const next = worlds.pop();
          if (!next) throw new Error('there are more orders than worlds');
          const { world, ann } = next;
          const { users, teams } = world.memory;
          let outcome = '';
          return {
            processes: [
              async (gate) => {
                try {
                  await world[doing](ann, gated({ users, teams }, gate));
                  outcome = 'made';
                } catch (error) {
                  if (!(error instanceof GatewayError)) throw error;
                  outcome = error.code;
                }
              },
              async (gate) => world.signOutEverywhere(ANN, gated({ users, teams }, gate)),
            ],
            check() {},
            async end() {
              seen.add(`${doing}: ${outcome}`);
              const { shares, invitations } = world.open();
              if (shares.length + invitations.length > 0) faults.add(`${doing}: ${outcome}, and it is open`);
              if (world.due(ANN).length > 0) faults.add(`${doing}: something is left to do`);
            },
          };
        });
        t.ok(orders > 50, `${orders} orders`);
      }
      t.strictSame([...faults], []);
      for (const doing of new Set([...seen].map((each) => each.split(':')[0])))
        t.ok(seen.has(`${doing}: made`) && seen.has(`${doing}: no_session`), [...seen].join());
    },
  );
}

t.test(
  'the second step fails, loses an answer or dies at any call: the schedule does the rest',
  async (t) => {
    const faults = new Set<string>();
    const worlds = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const world = await createWorld();
        const ann = await world.signIn(ANN);
        await world.share(ann);
        await world.invite(ann);
        return world;
      }),
    );
    const runs = await withEveryFault((what) => {
      const world = worlds.pop();
      if (!world) throw new Error('there are more runs than worlds');
      const { users, teams } = world.memory;
      return {
        process: (gate) => world.signOutEverywhere(ANN, gated({ users, teams }, gate)).catch(() => {}),
        check() {},
        async end() {
          const isOut = world.memory.record(ANN).user.sessions.length === 0;
          await world.runSchedule(world.memory, (error) => faults.add(`${what}: ${String(error)}`));
          const { shares, invitations } = world.open();
          if (isOut && shares.length + invitations.length > 0) faults.add(`${what}: it is open`);
          if (world.due(ANN).length > 0) faults.add(`${what}: it stays due`);
        },
      };
    });
    t.ok(runs > 12, `${runs} runs`);
    t.strictSame([...faults], []);
  },
);

t.test('the edge is told of the ended shares at once, or the caller hears that it is not', async (t) => {
  for (const [isTelling, answer, outcome] of [
    [true, 'told', 'told'],
    [true, 'pending', 'pending'],
    [false, 'told', 'pending'],
  ] as const) {
    const { memory, clock, teamId, signIn, share } = await createWorld();
    await share(await signIn(ANN));
    const tellings: unknown[] = [];
    const teller = {
      ...NO_TELLER,
      tell: async () => 'told' as const,
      tellTeam: async (...telling: unknown[]) => {
        tellings.push(telling);
        return answer;
      },
    };
    const { endInTeams: second } = await endAllSessions({ ...memory, clock, teller }, ANN);
    t.equal(await second(isTelling), outcome, `${isTelling}, ${answer}`);
    t.strictSame(tellings, isTelling ? [[teamId, memory.team(teamId)?.team]] : [], `${isTelling}, ${answer}`);
    t.equal(await second(isTelling), 'told', 'nothing is left to tell');
    await share(await signIn(ANN));
    const failing = {
      ...memory,
      clock,
      teller,
      teams: { ...memory.teams, read: () => Promise.reject(BROKEN) },
    };
    const { endInTeams: third } = await endAllSessions(failing, ANN);
    await t.rejects(third(isTelling), BROKEN, `${isTelling}, ${answer}`);
  }
});

t.test('what is noted again while the second step runs stays due', async (t) => {
  const world = await createWorld();
  await world.share(await world.signIn(ANN));
  // Another "sign out everywhere", of a session that begins meanwhile, whose second step does not come.
  before(world.memory.teams, 'write', async () => {
    await world.share(await world.signIn(ANN));
    const { users, tokens, teams } = world.memory;
    const around = { users, tokens, teams, clock: world.clock };
    const told = async () => 'told' as const;
    await endAllSessions({ ...around, teller: { ...NO_TELLER, tell: told, tellTeam: told } }, ANN);
  });
  await world.signOutEverywhere(ANN);
  t.match(world.due(ANN), [{ teamId: world.teamId, through: world.memory.record(ANN).user.lastStart }]);
  await endInTeams({ ...world.memory, clock: world.clock }, ANN);
  t.strictSame([world.due(ANN), world.open().shares], [[], []]);
});

t.test('who left a team of the provider leaves no share; who left another one, nothing to do', async (t) => {
  for (const kind of ['made', 'provider'] as const) {
    const world = await createWorld(kind);
    await world.share(await world.signIn(ANN));
    const left = await change(world.memory.users, ANN, (user) => withoutMembership(user, world.teamId, NOW));
    t.equal(left.dueInTeams.length, kind === 'made' ? 0 : 1, kind);
    if (kind === 'made') {
      const { team } = world.memory.team(world.teamId) ?? {};
      t.strictSame(team && withoutMember(team, BEN, ANN, NOW)?.shares, [], 'its item has ended them');
    } else {
      await endInTeams({ ...world.memory, clock: world.clock }, ANN);
      t.strictSame(world.open().shares, [], kind);
    }
  }
});

t.test('a team whose item cannot be read keeps no other team and no other user', async (t) => {
  const world = await createWorld();
  const broken = newTeamId();
  await change(world.memory.users, ANN, (user) =>
    withMembership(user, { teamId: broken, role: 'editor', kind: 'provider' }, NOW),
  );
  for (const [userId] of PEOPLE) await world.share(await world.signIn(userId));
  const { users } = world.memory;
  const { read } = world.memory.teams;
  const teams = {
    ...world.memory.teams,
    read: async (teamId: typeof broken) => {
      if (teamId === broken) throw new GatewayError('store_unavailable');
      return read(teamId);
    },
  };
  for (const [userId] of PEOPLE) await world.signOutEverywhere(userId, { users, teams }).catch(() => {});
  const failed: FailedItem[] = [];
  const errors: unknown[] = [];
  const counts = await world.runSchedule({ users, teams }, (error, item) => {
    failed.push(item);
    errors.push(error);
  });
  t.strictSame(world.open().shares, []);
  t.match(world.due(ANN), [{ teamId: broken }]);
  t.strictSame(world.due(BEN), []);
  t.strictSame(failed[0], { step: 'made', userId: ANN });
  t.match(errors[0], { code: 'store_unavailable' });
  t.equal(counts.made, 1);
});

t.test('what is noted again while the schedule runs ends in the same run', async (t) => {
  const world = await createWorld();
  await world.share(await world.signIn(ANN));
  const failing = {
    users: world.memory.users,
    teams: { ...world.memory.teams, read: () => Promise.reject(BROKEN) },
  };
  const leave = () => world.signOutEverywhere(ANN, failing).catch(() => {});
  await leave();
  before(world.memory.teams, 'write', async () => {
    await world.share(await world.signIn(ANN));
    await leave();
    await change(world.memory.users, ANN, (user) => withEdgeTold(user, user, NOW, NOW));
  });
  await world.runSchedule(world.memory, (error) => t.fail(String(error)));
  t.strictSame([world.due(ANN), world.open().shares], [[], []]);
});

t.test('nothing of what has expired, or of other sessions, is revoked', (t) => {
  const by = (start: number, userId = ANN) => ({ maker: { userId, start } });
  const share = (number: number, start: number, userId = ANN, expiresAtEpoch = NOW + 60) => ({
    ...{ number, name: 'a.png', expiresAtEpoch },
    ...by(start, userId),
  });
  const invitation = { hash: 'h', role: 'viewer' as const, usesLeft: 1, expiresAtEpoch: NOW + 60 };
  const team = {
    ...newTeam('Photos', { userId: ANN }, NOW),
    lastShare: 4,
    shares: [share(1, 5), share(2, 6), share(3, 5, BEN), share(4, 5, ANN, NOW - 300)],
    invitations: [
      { ...invitation, ...by(5) },
      { ...invitation, ...by(6) },
      { ...invitation, ...by(5, BEN) },
    ],
  };
  const ended = withMadeEnded(team, { userId: ANN, through: 5 }, NOW);
  t.strictSame(
    ended?.shares.map(({ number }) => number),
    [2, 3, 4],
  );
  t.strictSame(
    ended?.invitations.map(({ maker }) => [maker.userId, maker.start]),
    [
      [ANN, 6],
      [BEN, 5],
    ],
  );
  t.equal(ended && withMadeEnded(ended, { userId: ANN, through: 5 }, NOW), undefined);
  t.end();
});
