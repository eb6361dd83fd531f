import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { membershipOf, type Role } from '../../../../services/auth/domain/membership.ts';
import { EdgeRefusal } from '../../../../services/auth/domain/ports.ts';
import { withRevokedShare } from '../../../../services/auth/domain/revocation-entry.ts';
import {
  MAX_MEMBERS,
  type Member,
  membersOf,
  newTeam,
  type Team,
  withSettled,
} from '../../../../services/auth/domain/team.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { settleDueTeams } from '../../../../services/auth/teams/settle-due.ts';
import { createTeams } from '../../../../services/auth/teams/teams.ts';
import { gated, withEveryFault } from '../support/every-order.ts';
import { createMemoryStores, type MemoryStores } from '../support/memory-stores.ts';
import { createRevoking, numbered } from '../support/revoking.ts';

const [ANN, BEN] = [parseUserId('ann'), parseUserId('ben')];
/** Ben's team starts have this number. */
const NUMBER = 5;

type Change = (memory: MemoryStores) => Partial<MemoryStores>;

/** A process that tells the edge, and changes teams. */
function start(change?: Change, known = createMemoryStores()) {
  const revoking = createRevoking(change, known);
  const { stores, clock, teller } = revoking;
  return { ...revoking, teams: createTeams({ ...stores, clock, teller }) };
}

async function put(memory: MemoryStores, changes: Partial<Team> = {}): Promise<TeamId> {
  const teamId = newTeamId();
  const team = withSettled(newTeam('Photos', { userId: ANN }, 1), [ANN]);
  await memory.teams.write(teamId, 0, { ...team, ...changes });
  return teamId;
}

/** A team with a share that was revoked. The edge does not know it. */
function revoked({ memory, nowEpoch }: Pick<ReturnType<typeof start>, 'memory' | 'nowEpoch'>) {
  const shared = { ...newTeam('Photos', { userId: ANN }, 1), members: [], lastShare: 7 };
  return put(memory, withRevokedShare(shared, 7, nowEpoch() + 600, nowEpoch()));
}

/** Ann's team. Ben has opened it, and has made a share. */
async function shared(memory: MemoryStores, endEpoch: number): Promise<TeamId> {
  const roles: [UserId, Role][] = [
    [ANN, 'manager'],
    [BEN, 'editor'],
  ];
  const teamId = await put(memory, {
    members: roles.map(([userId, role]) => ({ userId, role, joinedAtEpoch: 1 })),
    lastShare: 3,
    shares: [{ number: 3, name: 'a.png', expiresAtEpoch: endEpoch, maker: { userId: BEN, start: 1 } }],
  });
  for (const [userId, role] of roles) {
    const teamNumber = { number: userId === BEN ? NUMBER : 1, given: 1 };
    await memory.users.write(userId, 0, {
      ...{ ...NEW_USER, memberships: [{ teamId, role, kind: 'made' }], teamNumber },
      longestCookieSeconds: 900,
    });
  }
  return teamId;
}

t.test(
  'a user and a team share an update; the entry of the team goes when its links have ended',
  async (t) => {
    const updates: string[][] = [];
    const process = start(({ edge }) => ({
      edge: {
        ...edge,
        write(version, entries) {
          updates.push(entries.map(({ key }) => key));
          return edge.write(version, entries);
        },
      },
    }));
    const { memory, teller, schedule, untold, until, wait } = process;
    await untold('alice');
    const teamId = await revoked(process);
    const key = `${teamId}.shares`;
    const { team } = memory.team(teamId) ?? {};
    t.equal(team && (await until(teller.tellTeam(teamId, team))), 'told');
    t.strictSame(updates, [[key, 'alice']]);
    t.equal(memory.entry(key), '0,|0,7,');
    t.match(memory.team(teamId)?.team, { changes: 1, told: 1, untoldSinceEpoch: undefined });
    t.equal((await until(schedule.run(15_000))).entries, 0);
    await wait(1_200);
    await until(schedule.run(15_000));
    t.equal(memory.entry(key), undefined);
    t.strictSame(memory.team(teamId)?.team.revokedShares, []);
    t.equal(memory.team(teamId)?.team.entryExpiresEpoch, undefined);
  },
);

t.test('a team that is told already costs no call', async (t) => {
  const { memory, teller, until } = start(({ lease }) => ({
    lease: { ...lease, swap: async () => !t.fail() && {} },
  }));
  const teamId = await put(memory);
  t.equal(await until(teller.tellTeam(teamId, { changes: 2, told: 2 })), 'told');
});

t.test('another process tells the edge of the team for which somebody waits here', async (t) => {
  const here = start(({ lease }) => ({ lease: { ...lease, swap: async () => false } }));
  const { memory, teller, until } = here;
  const teamId = await revoked(here);
  const { team } = memory.team(teamId) ?? {};
  const waiting = team && teller.tellTeam(teamId, team);
  const there = start(undefined, memory);
  await there.until(there.schedule.run(15_000));
  t.equal(waiting && (await until(waiting)), 'told');
});

const down = async () => {
  throw new GatewayError('store_unavailable');
};

t.test('one bad team waits alone, and is told once it is mended', async (t) => {
  let bad = '';
  const changes: [step: string, Change][] = [
    ['read', ({ teams }) => ({ teams: { ...teams, read: (id) => (id === bad ? down() : teams.read(id)) } })],
    [
      'note',
      ({ teams }) => ({
        teams: { ...teams, write: (id, ...given) => (id === bad ? down() : teams.write(id, ...given)) },
      }),
    ],
    [
      'invalid',
      ({ edge }) => ({
        edge: {
          ...edge,
          async write(version, entries) {
            if (entries.some(({ key }) => key === `${bad}.shares`)) throw new EdgeRefusal('invalid');
            return edge.write(version, entries);
          },
        },
      }),
    ],
  ];
  for (const [step, change] of changes) {
    const process = start(change);
    const { memory, schedule, failures, untold, until, wait } = process;
    const teamId = await revoked(process);
    bad = teamId;
    await untold(...numbered('good', 60));
    const other = await revoked(process);
    const report = await until(schedule.run(15_000));
    t.match(report, { isWell: false, setAsideByStep: { [step]: 1 } }, step);
    t.ok(report.failures > 0, step);
    t.ok(
      failures.some((failed) => failed?.step === step && 'teamId' in failed && failed.teamId === teamId),
      step,
    );
    t.match(memory.team(other)?.team, { told: 1 }, step);
    for (const name of numbered('good', 60)) t.ok(memory.entry(name), name);
    t.match(memory.team(teamId)?.team, { told: 0 }, step);
    bad = '';
    await wait(300);
    t.match(await until(schedule.run(15_000)), { isWell: true, setAside: 0, failures: 0 }, step);
    t.match(memory.team(teamId)?.team, { told: 1 }, step);
  }
});

t.test('a team that has no item any more is not due, whatever the index says', async (t) => {
  const gone = newTeamId();
  const { schedule, until } = start(({ due }) => ({
    due: {
      ...due,
      async untold(_limit, isPassedOver = () => false) {
        const key = `${gone}.shares` as const;
        return isPassedOver(key) ? [] : [{ key, untoldSinceEpoch: 1 }];
      },
    },
  }));
  t.match(await until(schedule.run(5_000)), { failures: 0, entries: 0, setAside: 0 });
});

t.test('a removal fails, loses an answer or dies at any call: the schedule tells the edge', async (t) => {
  const faults = new Set<string>();
  const runs = await withEveryFault((what) => {
    const memory = createMemoryStores();
    const there = start(undefined, memory);
    const made = shared(memory, there.nowEpoch() + 600);
    const isTold = (teamId: TeamId) =>
      memory.entry(`${teamId}.${NUMBER}`) !== undefined && memory.entry(`${teamId}.shares`) === '0,|0,3,';
    return {
      async process(gate) {
        let isDead = false;
        const { users, teams, due, edge, lease } = memory;
        const dying = async () => {
          const fault = isDead ? 'is the last' : await gate();
          isDead ||= fault === 'is the last';
          return fault;
        };
        const here = start(() => gated({ users, teams, due, edge, lease }, dying), memory);
        const teamId = await made;
        const removal = async () => (await here.teams.remove(ANN, teamId, BEN)).edge;
        const answer = await here.until(removal()).catch(() => 'failed');
        if (answer === 'told' && !isTold(teamId)) faults.add(`${what}: told, and the edge does not know`);
      },
      check() {},
      async end() {
        const teamId = await made;
        const { failures } = await there.until(there.schedule.run(15_000));
        if (failures > 0) faults.add(`${what}: ${failures} failures`);
        if (memory.isAnythingDue(there.nowEpoch())) faults.add(`${what}: something is due`);
        const { team } = memory.team(teamId) ?? {};
        const isIn = team !== undefined && membersOf(team).some(({ userId }) => userId === BEN);
        const inRecord = membershipOf(memory.record(BEN).user, teamId) !== undefined;
        if (isIn !== inRecord || isIn === isTold(teamId))
          faults.add(`${what}: item ${isIn}, record ${inRecord}, edge ${isTold(teamId)}`);
      },
    };
  });
  t.ok(runs > 30, `${runs} faults`);
  t.strictSame([...faults].slice(0, 3), []);
});

/** A team that was deleted by a process which died before it wrote the records of its members. */
async function deleted(memory: MemoryStores, names: string[]): Promise<TeamId> {
  const userIds = names.map(parseUserId);
  const members: Member[] = userIds.map((userId) => ({ userId, joinedAtEpoch: 1, dueSinceEpoch: 1 }));
  const teamId = await put(memory, { members });
  for (const [number, userId] of userIds.entries()) {
    await memory.users.write(userId, 0, {
      ...{ ...NEW_USER, memberships: [{ teamId, role: 'viewer', kind: 'made' }] },
      teamNumber: { number, given: 1 },
    });
  }
  return teamId;
}

t.test(
  'one run of the schedule settles all members of a full team, and the edge is told of each',
  async (t) => {
    const { memory, schedule, until } = start();
    const names = numbered('member', MAX_MEMBERS);
    const teamId = await deleted(memory, names);
    t.match(await until(schedule.run(15_000)), { entries: MAX_MEMBERS, failures: 0, isWell: true });
    t.strictSame(memory.team(teamId)?.team.members, []);
    for (const number of names.keys()) t.ok(memory.entry(`${teamId}.${number}`), `${number}`);
  },
);

t.test('a team that cannot be settled waits alone, and the report counts it', async (t) => {
  let isBad = true;
  const { memory, schedule, failures, until, wait } = start(({ users }) => ({
    users: { ...users, read: (id) => (isBad && id.startsWith('bad') ? down() : users.read(id)) },
  }));
  const bad = await deleted(memory, ['bad', 'fine']);
  const others = await Promise.all(numbered('other', 20).map((name) => deleted(memory, [name])));
  const report = await until(schedule.run(15_000));
  t.match(report, { failures: 1, isWell: false, setAsideByStep: { settle: 1 } });
  t.strictSame(failures, [{ step: 'settle', teamId: bad }]);
  for (const [index, teamId] of others.entries())
    t.strictSame(memory.team(teamId)?.team.members, [], `row ${index}`);
  t.match(memory.team(bad)?.team.members, [{ userId: 'bad' }], 'the other member is settled');
  isBad = false;
  await wait(60);
  t.match(await until(schedule.run(15_000)), { failures: 0, isWell: true });
  t.strictSame(memory.team(bad)?.team.members, []);
});

t.test('a team that another process settled is not set aside any more', async (t) => {
  const bad = start(({ users }) => ({ users: { ...users, read: down } }));
  const { memory, schedule, until, wait } = bad;
  await deleted(memory, ['member']);
  t.match(await until(schedule.run(15_000)), { setAsideByStep: { settle: 1 } });
  const other = start(undefined, memory);
  await other.until(other.schedule.run(15_000));
  await wait(60);
  t.match(await until(schedule.run(15_000)), { failures: 0, setAside: 0, isWell: true });
});

t.test('more teams that fail than are tried at once wait for longer each time, every one', async (t) => {
  const { memory, schedule, until, wait } = start(({ users }) => ({ users: { ...users, read: down } }));
  for (const name of numbered('bad', 6)) await deleted(memory, [name]);
  const failures = async () => (await until(schedule.run(15_000))).failures;
  t.equal(await failures(), 6);
  await wait(1.1);
  t.equal(await failures(), 6);
  await wait(1.1);
  t.equal(await failures(), 0, 'two seconds have not passed');
});

t.test('once too much is set aside, the run tries no other team', async (t) => {
  const { memory, stores, teller, clock } = start(({ users }) => ({ users: { ...users, read: down } }));
  await deleted(memory, ['member']);
  let failures = 0;
  const put = () => {
    if (failures++ > 0) throw new Error('tried again');
    return false;
  };
  const setAside = { ...teller.setAside, put };
  await settleDueTeams({ ...stores, clock, teller: { setAside } }, 15_000);
  t.equal(failures, 1);
});

t.test('after its budget a run begins nothing, and what it has settled is set aside no more', async (t) => {
  let isBad = true;
  const { memory, stores, teller, clock, until, wait } = start(({ users }) => ({
    users: {
      ...users,
      read: async (userId) => {
        if (isBad) return down();
        await clock.sleep(1_000);
        return users.read(userId);
      },
    },
  }));
  const run = (budgetMs: number) => until(settleDueTeams({ ...stores, clock, teller }, budgetMs));
  const bad = await deleted(memory, ['bad']);
  await run(500);
  t.equal(teller.setAside.counts().settle, 1);
  isBad = false;
  const others = await Promise.all(numbered('other', 9).map((name) => deleted(memory, [name])));
  await wait(1.1);
  await run(500);
  const isSettled = (teamId: TeamId) => memory.team(teamId)?.team.members.length === 0;
  t.ok(isSettled(bad));
  t.equal(others.filter(isSettled).length, 4, 'five are tried at once');
  t.equal(teller.setAside.counts().settle, 0);
});

t.test('a table that does not say which teams are due: the edge is told of all else', async (t) => {
  const { memory, schedule, untold, until } = start(({ teams }) => ({ teams: { ...teams, due: down } }));
  await untold('alice');
  t.match(await until(schedule.run(15_000)), { failures: 1, entries: 1 });
  t.ok(memory.entry('alice'));
});

t.test('teams that take for ever leave half of the time to all else', async (t) => {
  const { memory, schedule, clock, untold, until } = start(({ teams }) => ({
    teams: { ...teams, due: () => new Promise(() => {}) },
  }));
  await untold('alice');
  const sinceMs = clock.now();
  t.match(await until(schedule.run(15_000)), { failures: 0, entries: 1 });
  t.ok(memory.entry('alice'));
  t.equal(clock.now() - sinceMs, 15_000);
});
