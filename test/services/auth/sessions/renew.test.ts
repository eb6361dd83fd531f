import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { withAllEnded, withoutSessions } from '../../../../services/auth/domain/live-sessions.ts';
import { TIME_LIMITS } from '../../../../services/auth/domain/time-limits.ts';
import type { UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { changeRecord } from '../../../../services/auth/records/change-record.ts';
import { ALICE, before, createInstances } from '../support/instances.ts';
import { withHundredEnded } from '../support/seed-session.ts';

/** A session whose last use was half an hour ago, and a process that renews it. */
async function start() {
  const { memory, instance, signIn, find, wait, clock, nowEpoch } = createInstances();
  const { token } = await signIn();
  const change = (by: (user: UserRecord) => UserRecord | undefined) =>
    changeRecord({ ...memory, clock }, ALICE, by);
  wait(1_800);
  const renewing = instance();
  return {
    memory,
    users: renewing.stores.users,
    change,
    nowEpoch,
    clock,
    find: () => find(token),
    sessionOf: () => memory.record(ALICE).user.sessions[0],
    async renew(isBackground = false) {
      const current = await find(token);
      if (!current) throw new GatewayError('no_session');
      return renewing.sessions.renew(current, isBackground);
    },
  };
}

t.test('a background renewal does not extend the idle lifetime; another renewal does', async (t) => {
  const { renew, sessionOf, nowEpoch } = await start();
  const before = sessionOf()?.lastUsedAtEpoch;
  await renew(true);
  t.equal(sessionOf()?.lastUsedAtEpoch, before);
  await renew();
  t.equal(sessionOf()?.lastUsedAtEpoch, nowEpoch());
});

t.test('twenty tabs renew at once: one start, no lost update', async (t) => {
  const { renew, sessionOf, change, nowEpoch } = await start();
  const beganAtEpoch = nowEpoch();
  await change(withHundredEnded);
  const old = sessionOf()?.start ?? 0;
  const renewed = await Promise.all(Array.from({ length: 20 }, () => renew()));
  const starts = new Set(renewed.map(({ session }) => session.start));
  t.strictSame(starts, new Set([sessionOf()?.start]), 'the floor overtook it, and its start is new');
  t.ok((sessionOf()?.start ?? 0) > old + 100);
  const usedAtEpoch = sessionOf()?.lastUsedAtEpoch ?? 0;
  t.ok(usedAtEpoch >= beganAtEpoch && usedAtEpoch <= nowEpoch());
  t.equal((await renew()).session.start, sessionOf()?.start, 'it keeps this start');
});

t.test('what ends the session between the read and the write of a renewal counts', async (t) => {
  const endings: [what: string, by: (user: UserRecord, nowEpoch: number) => UserRecord | undefined][] = [
    ['a logout-all', withAllEnded],
    ['an end', (user, nowEpoch) => withoutSessions(user, () => true, nowEpoch)],
  ];
  for (const [what, by] of endings) {
    for (const isOvertaken of [false, true]) {
      const { renew, users, change, find, memory, nowEpoch } = await start();
      if (isOvertaken) await change(withHundredEnded);
      before(users, 'write', () => change((user) => by(user, nowEpoch())));
      await t.rejects(renew(), { code: 'no_session' }, what);
      t.equal(await find(), undefined, what);
      t.strictSame(memory.record(ALICE).user.sessions, [], what);
    }
  }
});

t.test('an idle extension that cannot be written does not end the session', async (t) => {
  const { renew, users, find } = await start();
  before(users, 'write', async () => {
    throw new GatewayError('store_unavailable');
  });
  t.ok(await renew());
  t.ok(await find());
});

t.test('nothing is signed before a write that the edge or a later revocation needs', async (t) => {
  for (const [what, by] of [
    ['it was overtaken', withHundredEnded],
    ['its cookies live longer than the record knows', (user) => ({ ...user, longestCookieSeconds: 60 })],
  ] satisfies [string, (user: UserRecord) => UserRecord][]) {
    for (const isBackground of [false, true]) {
      const { renew, users, change, memory } = await start();
      await change(by);
      before(users, 'write', () => Promise.reject(new GatewayError('store_unavailable')));
      await t.rejects(renew(isBackground), { code: 'store_unavailable' }, what);
      const { session } = await renew(isBackground);
      const { user } = memory.record(ALICE);
      t.strictSame([session.start, user.longestCookieSeconds], [user.sessions[0]?.start, 900], what);
    }
  }
});

t.test('a store that is slow delays no renewal that can do without it', async (t) => {
  const { renew, users, clock } = await start();
  users.write = () => new Promise(() => {});
  const sinceMs = clock.monotonicMs();
  t.ok(await renew());
  t.equal(clock.monotonicMs() - sinceMs, TIME_LIMITS.touchMs);
});
