import t from 'tap';
import { toEpochSeconds } from '../../../../core/epoch-seconds.ts';
import { newTeamId, userOwner } from '../../../../core/owner.ts';
import { folderPolicy } from '../../../../core/policy.ts';
import { CLOCKS_APART_SECONDS, MAX_CLOCK_ERROR_SECONDS } from '../../../../core/time-bounds.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import {
  createClockGuard,
  guardedSigner,
  guardedStores,
} from '../../../../services/auth/adapters/clock-guard.ts';
import type { ClockGuard } from '../../../../services/auth/domain/ports.ts';
import { newTeam } from '../../../../services/auth/domain/team.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const TRUE_MS = 1_790_000_000_000;

/**
 * A guard that saw one answer.
 * @param skewSeconds how much the own clock is ahead
 * @param call.storeMs the part of the second in which the store answers
 * @param call.toMs the time until the store answers
 * @param call.backMs the time until the answer has come
 */
function guardAfter(
  skewSeconds: number,
  { storeMs = 0, toMs = 5, backMs = 5 } = {},
  guard = createClockGuard(),
) {
  const answeredMs = TRUE_MS + storeMs;
  guard.compare({
    sentAtMs: answeredMs - toMs + skewSeconds * 1_000,
    receivedAtMs: answeredMs + backMs + skewSeconds * 1_000,
    dateMs: Math.floor(answeredMs / 1_000) * 1_000,
  });
  return guard;
}

t.test('a clock that is 59 seconds off works, and one that is 62 seconds off does not', async (t) => {
  for (const storeMs of [0, 500, 999]) {
    for (const skew of [0, 59, -59]) {
      const guard = guardAfter(skew, { storeMs });
      t.doesNotThrow(() => guard.check(), `${skew} s at ${storeMs} ms`);
      t.equal(guard.wrongSeconds(), 0, `${skew}`);
    }
    for (const skew of [62, -62, 200, -240, 86_400]) {
      const guard = guardAfter(skew, { storeMs });
      t.throws(() => guard.check(), { code: 'clock_wrong' }, `${skew} s at ${storeMs} ms`);
      t.ok(Math.abs(guard.wrongSeconds() - skew) <= 2, `${guard.wrongSeconds()} s`);
    }
  }
  for (const [sentAtMs, dateMs, wrong] of [
    // The `Date` may be a second old.
    [61_000, 0, 0],
    [61_001, 0, 60],
    [0, 60_000, 0],
    [0, 60_001, -60],
  ] as const) {
    const guard = createClockGuard();
    guard.compare({ sentAtMs, receivedAtMs: sentAtMs, dateMs });
    t.equal(guard.wrongSeconds(), wrong, `${sentAtMs} and ${dateMs}`);
  }
  t.throws(() => guardAfter(200).check(), { cause: { message: /198 seconds ahead of/ } });
  t.throws(() => guardAfter(-200).check(), { cause: { message: /199 seconds behind/ } });
});

t.test('nothing is known before the first answer', async (t) => {
  t.doesNotThrow(() => createClockGuard().check());
});

t.test('a slow answer and a frozen process do not look like a wrong clock', async (t) => {
  for (const call of [{ toMs: 600_000 }, { backMs: 600_000 }, { toMs: 300_000, backMs: 300_000 }]) {
    for (const skew of [0, 59, -59]) t.equal(guardAfter(skew, call).wrongSeconds(), 0, `${skew}`);
    t.not(guardAfter(86_400, call).wrongSeconds(), 0, 'it is wrong whatever happened meanwhile');
  }
});

t.test('the last answer counts, unless it proves nothing', async (t) => {
  const guard = guardAfter(200);
  guardAfter(0, { toMs: 1, backMs: 1 }, guard);
  t.equal(guard.wrongSeconds(), 0, 'somebody set the clock');
  guardAfter(-200, {}, guard);
  guardAfter(-200, { backMs: 600_000 }, guard);
  t.not(guard.wrongSeconds(), 0, 'the process was frozen: the clock may be as wrong as before');
  guardAfter(-200, { backMs: 3_000 }, guard);
  t.not(guard.wrongSeconds(), 0);
  guardAfter(-59, { backMs: 3_000 }, guard);
  t.equal(guard.wrongSeconds(), 0);
  guardAfter(-200, {}, guard);
  guardAfter(0, { toMs: 10_001, backMs: 0 }, guard);
  t.not(guard.wrongSeconds(), 0, 'more than ten seconds prove nothing');
  guardAfter(0, { toMs: 10_000, backMs: 0 }, guard);
  t.equal(guard.wrongSeconds(), 0);
});

t.test('one call for each change, with the seconds', async (t) => {
  const guard = createClockGuard();
  const heard: number[] = [];
  guard.onChange((seconds) => heard.push(seconds));
  for (const skew of [0, 200, 210, -300, 0, 0, -100]) guardAfter(skew, {}, guard);
  t.strictSame(heard, [198, 0, -99]);
  guard.onChange((seconds) => heard.push(seconds));
  t.strictSame(heard.slice(3), [-99], 'a late listener hears of a clock that is wrong');
});

t.test('five minutes have room for the clocks of three processes', async (t) => {
  // A clock that is just not seen to be wrong is a second more off.
  t.ok(3 * (MAX_CLOCK_ERROR_SECONDS + 1) < CLOCKS_APART_SECONDS);
});

const ALICE = parseUserId('alice');
const SID = { kind: 'sid', hash: 'hash' } as const;
const WRONG = { code: 'clock_wrong' };

function wrongGuard(): ClockGuard {
  const guard = createClockGuard();
  guard.compare({ sentAtMs: 1_000_000, receivedAtMs: 1_000_000, dateMs: 0 });
  return guard;
}

/** Stores in memory. Nobody uses the uploads before the check. */
function start() {
  const memory = createMemoryStores();
  const uploads = {
    create: async () => {},
    read: async () => undefined,
    update: async () => {},
  };
  const moves = { create: async () => {}, read: async () => undefined, finish: async () => {} };
  return { memory, stores: guardedStores({ ...memory, uploads, moves }, wrongGuard()) };
}

t.test('a process with a wrong clock writes no time', async (t) => {
  const { memory, stores } = start();
  const { users, teams, links, numbers, pointers, tokens, once, uploads, moves, lease, edge } = stores;
  const { version } = await edge.describe();
  const session = { issuedAtEpoch: 0, expiresAtEpoch: 1 };
  const teamId = newTeamId();
  const writes: [what: string, write: () => Promise<unknown>][] = [
    ['a record', () => users.write(ALICE, 0, NEW_USER)],
    ['a team', () => teams.write(teamId, 0, newTeam('Photos', { userId: ALICE }, 0))],
    ['a move', () => moves.create()],
    ['a number, whose limit is a time', () => numbers.next(5)],
    ['a try of a password', () => links.addTry('key', '0.x', 10, 1)],
    ['what is left of tries, by their times', () => links.removeTries('key', ['0.x'])],
    ['what comes through a link', () => links.takeRoom('hash', 1, { files: 1, bytes: 1 }, 1)],
    ['a pointer', () => pointers.join(SID, ALICE, session, 0)],
    ['the end of a pointer', () => pointers.settle(SID, { issuedAtEpoch: 0 }, 0)],
    ['tokens', () => tokens.put('id', 'sealed', 1)],
    ['a ticket', () => tokens.turnIntoTicket('id', 'hash', 1)],
    ['the use of a ticket', () => tokens.take('id', 'hash', 0)],
    ['the use of a state', () => once.useOnce('hash', 1)],
    ['an upload', () => uploads.create()],
    ['the lease', () => lease.swap(undefined, 'number')],
    ['entries of the edge', () => edge.write(version, [{ key: ALICE, entry: '1,|0,' }])],
  ];
  for (const [what, write] of writes) await t.rejects(write(), WRONG, what);
  t.equal(memory.record(ALICE).version, 0);
  t.equal(memory.entry(ALICE), undefined);
});

t.test('it reads, deletes, gives back the lease, and marks a logout by the provider', async (t) => {
  const { memory, stores } = start();
  await memory.lease.swap(undefined, 'number');
  await t.resolves(stores.lease.swap('number', undefined));
  t.equal(await memory.lease.read(), undefined);
  await t.resolves(stores.users.read(ALICE));
  await t.resolves(stores.tokens.delete('id'));
  t.match(await stores.pointers.mark(SID, { issuedAtEpoch: 1 }, 0), { isDue: true });
});

t.test('it signs nothing', async (t) => {
  const signer = guardedSigner({ sign: () => Promise.reject(new Error('signed')) }, wrongGuard());
  const now = toEpochSeconds(0);
  const policy = folderPolicy({
    filesOrigin: 'http://localhost',
    owner: userOwner(ALICE),
    start: now,
    expiresAt: now,
  });
  await t.rejects(signer.sign(policy), WRONG);
});
