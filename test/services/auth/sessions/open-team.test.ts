import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, type TeamId } from '../../../../core/owner.ts';
import { STARTS_PER_NUMBER, teamStart } from '../../../../core/team-start.ts';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { withoutSessions } from '../../../../services/auth/domain/live-sessions.ts';
import { sessionEndEpoch } from '../../../../services/auth/domain/session.ts';
import {
  lastNumber,
  withAllTeamStartsRevoked,
  withMembership,
  withNumberLeft,
  withoutMembership,
} from '../../../../services/auth/domain/team-starts.ts';
import type { UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { changeRecord } from '../../../../services/auth/records/change-record.ts';
import type { CurrentSession } from '../../../../services/auth/sessions/session-deps.ts';
import { ALICE, before, createInstances } from '../support/instances.ts';
import { withHundredEnded } from '../support/seed-session.ts';

const [RED, BLUE] = [newTeamId(), newTeamId()];
const BEN = parseUserId('ben');

/** Alice has a session, and belongs to both teams. A process opens them, and counts its calls to the stores. */
async function begin() {
  const { memory, instance, signIn, find, wait, clock, nowEpoch } = createInstances();
  const change = (by: (user: UserRecord) => UserRecord | undefined, userId: UserId = ALICE) =>
    changeRecord({ ...memory, clock }, userId, by);
  const join = (teamId: TeamId, userId = ALICE) =>
    change((user) => withMembership(user, { teamId, role: 'editor', kind: 'made' }, nowEpoch()), userId);
  const enter = async (userId = ALICE) => (await signIn({ userId })).token;
  const token = await enter();
  for (const teamId of [RED, BLUE]) await join(teamId);
  const opening = instance();
  const calls: string[] = [];
  for (const [store, methods] of Object.entries(opening.stores)) {
    for (const [name, method] of Object.entries(methods)) {
      const counted = (...given: unknown[]) => {
        calls.push(`${store}.${name}`);
        return Reflect.apply(method, methods, given);
      };
      Object.assign(methods, { [name]: counted });
    }
  }
  async function read(of = token) {
    const current = await find(of);
    if (!current) throw new GatewayError('no_session');
    return current;
  }
  async function open(teamId: TeamId, { of = token, isBackground = false } = {}) {
    const current = await read(of);
    calls.splice(0);
    return opening.sessions.openTeam(current, { teamId, isBackground });
  }
  return {
    ...{
      memory,
      users: opening.stores.users,
      stores: opening.stores,
      change,
      join,
      enter,
      read,
      open,
      wait,
      nowEpoch,
    },
    sessions: opening.sessions,
    startOf: async (...given: Parameters<typeof open>) => (await open(...given)).start,
    /** The calls of the last opening. The guard of the request has read the record before. */
    calls: () => calls,
    user: () => memory.record(ALICE).user,
  };
}

const WRITE = 'users.write';
const NUMBER = 'numbers.next';

t.test('opening: one write, and one number for a new one; a renewal of a team: no write', async (t) => {
  const { open, startOf, calls, enter, join } = await begin();
  const { start: red, membership } = await open(RED);
  t.strictSame([red, membership.role], [teamStart(1, 0), 'editor']);
  t.strictSame(calls(), [NUMBER, WRITE]);
  t.equal(await startOf(BLUE), red, 'the same in all its teams');
  t.strictSame(calls(), []);
  t.equal(await startOf(RED), red);
  t.strictSame(calls(), []);
  const second = await enter();
  t.equal(await startOf(RED, { of: second }), teamStart(1, 1), 'the next session of the user');
  t.strictSame(calls(), [WRITE]);
  const ben = await enter(BEN);
  await join(RED, BEN);
  t.equal(await startOf(RED, { of: ben }), teamStart(2, 0), 'another user has another number');
});

t.test('who has used up the new numbers of a day still opens teams with the present one', async (t) => {
  const { open, startOf, enter, change, nowEpoch } = await begin();
  await open(RED);
  await change((user) => ({ ...user, newNumbersAtEpoch: Array.from({ length: 20 }, nowEpoch) }));
  t.equal(await startOf(RED, { of: await enter() }), teamStart(1, 1));
  await change((user) => withNumberLeft(user, nowEpoch()));
  await t.rejects(open(RED), { code: 'too_many_requests' });
});

t.test('the use of the session and the opening are one write', async (t) => {
  const { open, calls, user, nowEpoch, wait } = await begin();
  wait(1_800);
  const { current } = await open(RED);
  t.strictSame(calls(), [NUMBER, WRITE]);
  t.equal(user().sessions[0]?.lastUsedAtEpoch, nowEpoch());
  t.equal(sessionEndEpoch(current.session), nowEpoch() + 3_600);
  wait(1_800);
  await open(BLUE, { isBackground: true });
  t.strictSame(calls(), [], 'in the background nothing is written');
  await open(BLUE);
  t.strictSame(calls(), [WRITE]);
});

t.test('a use that cannot be written: the end is that of the session as it was read', async (t) => {
  const { open, users, nowEpoch, wait } = await begin();
  await open(RED);
  wait(1_800);
  before(users, 'write', async () => {
    throw new GatewayError('store_unavailable');
  });
  const { current, start } = await open(RED);
  t.equal(start, teamStart(1, 0));
  t.equal(sessionEndEpoch(current.session), nowEpoch() + 1_800);
});

t.test('who does not belong opens nothing, whenever that is found out', async (t) => {
  const { open, users, change, join, user, calls, nowEpoch, wait } = await begin();
  const leave = () => change((each) => withoutMembership(each, RED, nowEpoch()));
  await t.rejects(open(newTeamId()), { code: 'no_such_team' });
  t.strictSame(calls(), [], 'no number is taken');
  before(users, 'write', leave);
  await t.rejects(open(RED), { code: 'no_such_team' }, 'between the read and the write');
  t.equal(user().sessions[0]?.teamStart, undefined);
  await join(RED);
  await open(RED);
  wait(1_800);
  before(users, 'write', leave);
  await t.rejects(open(RED), { code: 'no_such_team' }, 'between the read and the write of its use');
  await t.rejects(open(RED), { code: 'no_such_team' });
  t.ok(await open(BLUE));
});

t.test('a session that ends between the read and the write opens nothing', async (t) => {
  const { open, users, change, memory, user, nowEpoch } = await begin();
  before(users, 'write', () => change((each) => withoutSessions(each, () => true, nowEpoch())));
  await t.rejects(open(RED), { code: 'no_session' });
  t.strictSame([user().sessions, user().teamNumber], [[], undefined]);
  t.equal(memory.entry('.1'), undefined);
});

t.test('two sessions that open at once have two starts of one number', async (t) => {
  const { startOf, users, enter, user } = await begin();
  const second = await enter();
  let other = 0;
  before(users, 'write', async () => {
    other = await startOf(BLUE, { of: second });
  });
  const first = await startOf(RED);
  t.strictSame([other, first], [teamStart(1, 0), teamStart(1, 1)]);
  t.strictSame(user().teamNumber, { number: 1, given: 2 });
});

t.test('two hundred openings at once take one number, and those that come late one more', async (t) => {
  const { read, sessions, calls, user } = await begin();
  const currents = await Promise.all(Array.from({ length: 200 }, () => read()));
  const [atOnce, late] = [currents.slice(0, 150), currents.slice(150)];
  const numbers = () => calls().filter((call) => call === NUMBER).length;
  const openAs = async (current: CurrentSession) => {
    const { start } = await sessions.openTeam(current, { teamId: RED, isBackground: true });
    t.equal(start, teamStart(1, 0));
  };
  await Promise.all(atOnce.map(openAs));
  t.equal(numbers(), 1);
  for (const current of late) await openAs(current);
  t.equal(numbers(), 2, 'they have read that there is no number');
  t.equal(user().newNumbersAtEpoch.length, 1);
});

t.test('a number that no record has taken is the next one of that user', async (t) => {
  const { open, startOf, users, change, calls, enter, join, nowEpoch } = await begin();
  before(users, 'write', () => change((each) => withoutSessions(each, () => true, nowEpoch())));
  await t.rejects(open(RED), { code: 'no_session' });
  const [alice, ben] = [await enter(), await enter(BEN)];
  await join(RED, BEN);
  t.equal(await startOf(RED, { of: ben }), teamStart(2, 0), 'and of nobody else');
  t.equal(await startOf(RED, { of: alice }), teamStart(1, 0));
  t.strictSame(calls(), [WRITE]);
});

t.test('a number that may be in the record is no next one', async (t) => {
  const { open, startOf, users, user, change, nowEpoch } = await begin();
  const { write } = users;
  users.write = async (...given) => {
    users.write = write;
    await write(...given);
    throw new GatewayError('store_unavailable');
  };
  await t.rejects(open(RED), { code: 'store_unavailable' });
  t.equal(user().teamNumber?.number, 1);
  await change((each) => withNumberLeft(each, nowEpoch()));
  t.equal(await startOf(RED), teamStart(2, 0));
});

t.test('a counter that does not answer is asked again', async (t) => {
  const { open, startOf, stores } = await begin();
  before(stores.numbers, 'next', async () => {
    throw new GatewayError('store_unavailable');
  });
  await t.rejects(open(RED), { code: 'store_unavailable' });
  t.equal(await startOf(RED), teamStart(1, 0));
});

t.test('a write whose answer says the opposite gives one start', async (t) => {
  const { startOf, users, user, calls } = await begin();
  const { write } = users;
  users.write = async (...given) => {
    users.write = write;
    await write(...given);
    return false;
  };
  t.equal(await startOf(RED), teamStart(1, 0));
  t.strictSame(calls(), [NUMBER, WRITE, 'users.read']);
  t.equal(user().newNumbersAtEpoch.length, 1);
});

t.test('an overtaken start, and one that was revoked with all others, is replaced', async (t) => {
  const { startOf, change, user, nowEpoch } = await begin();
  t.equal(await startOf(RED), teamStart(1, 0));
  await change((each) => withAllTeamStartsRevoked(each, nowEpoch()));
  t.equal(await startOf(RED), teamStart(1, 1));
  t.ok(user().teamKeys[0]?.singles.length === 0 && user().teamKeys[0]?.floor.through === teamStart(1, 0));
});

t.test('a session whose own start was overtaken gets both starts in one write', async (t) => {
  const { open, change, calls, user } = await begin();
  await change(withHundredEnded);
  const old = user().sessions[0]?.start ?? 0;
  const { current, start } = await open(RED);
  t.ok(current.session.start > old);
  t.equal(start, teamStart(1, 0));
  t.strictSame(calls(), [NUMBER, WRITE]);
});

t.test('without a free start there is a new number; twenty a day, then 429 with its own words', async (t) => {
  const { open, startOf, change, calls, nowEpoch } = await begin();
  const leave = () => change((user) => withNumberLeft(user, nowEpoch()));
  for (let count = 1; count <= 20; count++) {
    t.equal(await startOf(RED), teamStart(count, 0));
    t.strictSame(calls(), [NUMBER, WRITE]);
    await leave();
  }
  await t.rejects(open(RED), { code: 'too_many_requests', message: /today.*tomorrow/ });
  t.strictSame(calls(), [], 'no number is taken');
});

t.test('the limit of a day counts at each try', async (t) => {
  const { open, users, change, nowEpoch } = await begin();
  before(users, 'write', () =>
    change((user) => ({ ...user, newNumbersAtEpoch: Array.from({ length: 20 }, nowEpoch) })),
  );
  await t.rejects(open(RED), { code: 'too_many_requests' });
});

t.test('no number is left: teams_full; the last one has starts that are a minute past', async (t) => {
  const { open, stores, nowEpoch } = await begin();
  let last = 0;
  stores.numbers.next = async (given) => {
    last = given;
    return undefined;
  };
  await t.rejects(open(RED), { code: 'teams_full' });
  t.equal(last, lastNumber(nowEpoch()));
  t.ok(teamStart(last, STARTS_PER_NUMBER - 1) <= nowEpoch() - 60);
});
