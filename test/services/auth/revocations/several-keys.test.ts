import t from 'tap';
import { newTeamId } from '../../../../core/owner.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import type { EdgeStore } from '../../../../services/auth/domain/ports.ts';
import { isDue } from '../../../../services/auth/domain/revocation-entry.ts';
import {
  withMembership,
  withoutMembership,
  withTeamStart,
} from '../../../../services/auth/domain/team-starts.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { changeRecord } from '../../../../services/auth/records/change-record.ts';
import { createRevoking, numbered } from '../support/revoking.ts';
import { seedSession } from '../support/seed-session.ts';

const TEAMS = Array.from({ length: 50 }, newTeamId);

type Meet = (keys: string[]) => Promise<unknown>;

/** Each update as a list of its keys. `meet` comes before its effect, and may make it fail. */
function seeing(edge: EdgeStore, updates: string[][], meet: Meet = async () => {}) {
  const write: EdgeStore['write'] = async (version, entries) => {
    const keys = entries.map(({ key }) => key);
    updates.push(keys);
    await meet(keys);
    return edge.write(version, entries);
  };
  return { edge: { ...edge, write } };
}

function start(meet?: Meet) {
  const updates: string[][] = [];
  const revoking = createRevoking(({ edge }) => seeing(edge, updates, meet));
  const { memory, clock, nowEpoch } = revoking;
  const change = (userId: UserId, by: (user: UserRecord) => UserRecord | undefined) =>
    changeRecord({ users: memory.users, clock }, userId, by);

  /** A user of the teams, with a session that has opened one of them. */
  async function member(name: string, number: number, teams = TEAMS.slice(0, 1)): Promise<UserId> {
    const userId = parseUserId(name);
    await seedSession(memory.users, userId);
    await change(userId, (user) => {
      const now = nowEpoch();
      const joined = teams.reduce(
        (known, teamId) => withMembership(known, { teamId, role: 'viewer', kind: 'made' }, now),
        user,
      );
      const [session] = joined.sessions;
      return session && withTeamStart(joined, session, number, now);
    });
    return userId;
  }
  const leave = (userId: UserId, teams = TEAMS.slice(0, 1)) =>
    change(userId, (user) =>
      teams.reduce((known, teamId) => withoutMembership(known, teamId, nowEpoch()), user),
    );
  return { ...revoking, updates, member, leaveTeams: leave };
}

t.test('a sign-out tells two keys at once, and a removal one', async (t) => {
  const { memory, teller, updates, member, leaveTeams, end, until } = start();
  const alice = await member('alice', 7);
  t.equal(await until(teller.tell(alice, await leaveTeams(alice))), 'told');
  t.equal(await until(teller.tell(alice, await end(alice))), 'told');
  t.strictSame(updates, [[`${TEAMS[0]}.7`], ['alice', '.7']]);
  t.match(memory.record(alice).user, { changes: 3, told: 3 });
});

t.test(
  'a batch counts keys: 40 users with two keys each need two updates, and nobody is split',
  async (t) => {
    const { memory, teller, updates, member, untold, end, until } = start();
    await untold('alone');
    for (const [index, name] of numbered('user', 40).entries()) await end(await member(name, index + 1));
    t.equal(await until(teller.drain(10_000)), 81);
    t.strictSame(
      updates.map(({ length }) => length),
      [49, 32],
    );
    t.notOk(memory.isAnythingDue(0));
  },
);

t.test('who leaves 50 teams and signs out has 52 keys, and is told when the last one is taken', async (t) => {
  let isBroken = true;
  const noted: number[] = [];
  const { memory, teller, updates, member, leaveTeams, end, until } = start(async (keys) => {
    noted.push(memory.record(parseUserId('alice')).user.told);
    if (isBroken && keys.length < 50) throw new Error('no answer');
  });
  const alice = await member('alice', 7, TEAMS);
  await leaveTeams(alice, TEAMS);
  await end(alice);
  await t.rejects(until(teller.drain(10_000)), { message: 'no answer' });
  t.equal(memory.record(alice).user.told, 0, 'a part is taken: nothing is told');
  isBroken = false;
  t.equal(await until(teller.drain(10_000)), 52);
  t.strictSame(
    updates.map(({ length }) => length),
    [50, 2, 50, 2],
  );
  t.strictSame(noted, [0, 0, 0, 0]);
  const { user } = memory.record(alice);
  t.equal(user.told, user.changes);
  t.equal(memory.entry(`${TEAMS[49]}.7`), `${1_000_000_000 + 512 * 8 - 1},|0,`);
});

t.test('another process writes between two updates of one item: all keys are written again', async (t) => {
  const { memory, teller, updates, member, leaveTeams, until } = start(async () => {
    if (updates.length !== 2) return;
    const { version } = await memory.edge.describe();
    await memory.edge.write(version, [{ key: 'bob', entry: '0,1,|0,' }]);
  });
  const alice = await member('alice', 7, [...TEAMS, newTeamId()]);
  await leaveTeams(
    alice,
    memory.record(alice).user.memberships.map(({ teamId }) => teamId),
  );
  t.equal(await until(teller.drain(10_000)), 50 + 51);
  t.strictSame(
    updates.map(({ length }) => length),
    [50, 1, 50, 1],
  );
});

t.test(
  'a process that has lost the lease between two updates leaves the rest to the other one',
  async (t) => {
    const { memory, teller, updates, member, leaveTeams, until } = start(async () => {
      if (updates.length === 1) await memory.lease.swap(await memory.lease.read(), 'the other one');
    });
    const alice = await member('alice', 7, [...TEAMS, newTeamId()]);
    await leaveTeams(
      alice,
      memory.record(alice).user.memberships.map(({ teamId }) => teamId),
    );
    t.equal(await until(teller.drain(500)), 50);
    t.equal(updates.length, 1);
    t.equal(memory.record(alice).user.told, 0);
  },
);

t.test('only what has expired is written, and then the keys are gone', async (t) => {
  const { memory, teller, updates, member, leaveTeams, end, until, wait } = start();
  const alice = await member('alice', 7);
  await until(teller.tell(alice, await leaveTeams(alice)));
  await wait(600);
  await until(teller.tell(alice, await end(alice)));
  updates.length = 0;
  await wait(900);
  await until(teller.drain(10_000));
  t.strictSame(updates, [[`${TEAMS[0]}.7`]]);
  await wait(900);
  await until(teller.drain(10_000));
  t.strictSame(updates.slice(1).flat(), ['alice', '.7']);
  for (const key of ['alice', '.7', `${TEAMS[0]}.7`]) t.equal(memory.entry(key), undefined, key);
  t.strictSame(memory.record(alice).user.teamKeys, []);
});

t.test('a record of a restored table is noted, although a floor has taken what had expired', async (t) => {
  const { memory, schedule, nowEpoch, until } = createRevoking();
  const userId = parseUserId('restored');
  const past = { changes: 3, told: 3, entryExpiresEpoch: nowEpoch() - 60 };
  await memory.users.write(userId, 0, { ...NEW_USER, signedOut: { through: 5 }, ...past });
  t.match(await until(schedule.run(15_000)), { entries: 1, failures: 0 });
  t.equal(memory.entry(userId), '5,|0,');
  t.notOk(isDue(memory.record(userId).user, nowEpoch()));
});
