import fc from 'fast-check';
import t from 'tap';
import {
  CLOCK_SKEW_SECONDS,
  edgeEntry,
  isDue,
  isOvertaken,
  isSignedOut,
  settled,
  withEdgeTold,
  withRevokedStarts,
  withSharesRevoked,
  withStartsRevoked,
} from '../../../../services/auth/domain/revocation-entry.ts';
import { MAX_URL_SECONDS } from '../../../../services/auth/domain/signed-url.ts';
import { NEW_USER } from '../../../../services/auth/domain/user-record.ts';
import { ALICE } from '../../../edge/function/support/events.ts';
import { COOKIE_SECONDS, System, withNextStart } from '../support/credentials.ts';

type Step = (system: System) => void;
const index = fc.nat(200);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>((system) => system.login()) },
  { weight: 3, arbitrary: index.map<Step>((i) => (system) => system.renew(i)) },
  { weight: 5, arbitrary: index.map<Step>((i) => (system) => system.logout(i)) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(60, 1_800, MAX_URL_SECONDS)
      .map<Step>((seconds) => (system) => system.share(seconds)),
  },
  { weight: 1, arbitrary: fc.constant<Step>((system) => system.deleteFile()) },
  { weight: 2, arbitrary: index.map<Step>((i) => (system) => system.revokeShare(i)) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 120 }).map<Step>((s) => (system) => system.wait(s)) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 10, max: 90 }).map<Step>((times) => (system) => {
      for (let i = 0; i < times; i++) {
        system.login();
        system.logout(system.sessions.length - 1);
      }
    }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2_000 }).map<Step>((s) => (system) => system.wait(s)) },
);

const rareStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: step },
  { weight: 1, arbitrary: fc.constant<Step>((system) => system.logoutAll()) },
);

t.test('no credential passes after its revocation, none is refused without one', async (t) => {
  const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
  t.comment(`seed ${seed}`);
  let largest = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(rareStep, { maxLength: 250, size: 'max' }),
      fc.integer({ min: -60, max: 60 }),
      async (steps, skewSeconds) => {
        const system = new System();
        for (const [count, take] of steps.entries()) {
          take(system);
          if (count % 25 === 0) await system.check(skewSeconds);
        }
        await system.check(skewSeconds);
        largest = Math.max(largest, system.largest);
        if (system.largest > 1_024) throw new Error('an entry that does not fit');
        system.wait(MAX_URL_SECONDS + COOKIE_SECONDS + CLOCK_SKEW_SECONDS);
        if (system.store[ALICE] !== undefined) throw new Error('an entry that nothing depends on any more');
      },
    ),
    { numRuns: 40, seed },
  );
  t.ok(largest > 900, `the largest entry had ${largest} bytes`);
});

t.test(
  'more revoked sessions than fit raise the floor; a live session that the floor overtakes gets a new start',
  async (t) => {
    const system = new System();
    system.login();
    for (let i = 0; i < 100; i++) {
      system.login();
      system.logout(1);
      system.wait(1);
      await system.check(0);
    }
    t.equal(system.sessions.length, 1, 'the oldest session is live');
    t.ok(system.largest > 1_000 && system.largest <= 1_024, `${system.largest} bytes`);
    t.ok(isOvertaken(system.user, system.sessions[0]?.start ?? 0, system.nowEpoch));
    system.renew(0);
    t.equal(system.overtakings, 1);
    t.notOk(isOvertaken(system.user, system.sessions[0]?.start ?? 0, system.nowEpoch));
    await system.check(0);
    const last = system.credentials.at(-1);
    t.match(last, { isRevoked: false, kind: 'folder', number: system.sessions[0]?.start });
  },
);

t.test('revoking in order affects no live session: the floor stays below the oldest one', async (t) => {
  const system = new System();
  let harmed = 0;
  for (let i = 0; i < 300; i++) {
    system.login();
    if (i > 3) system.logout(0);
    system.wait(2);
    harmed += system.sessions.filter(({ start }) => isOvertaken(system.user, start, system.nowEpoch)).length;
  }
  t.equal(harmed, 0);
  await system.check(0);
});

t.test(
  'a floor stays until the last cookie below it has expired, even a cookie made without a session',
  async (t) => {
    const now = 1_795_600_000;
    const hourAgo = now - 3_600;
    const cookies = { ...NEW_USER, lastStart: 100, lastShare: 3, longestCookieSeconds: 900 };
    const user = withSharesRevoked(withStartsRevoked(cookies, now), now);
    t.equal(edgeEntry(user, now), `${hourAgo},|3,`, 'cookies of `gateway cookies` begin an hour ago');
    t.strictSame([user.changes, user.told, user.untoldSinceEpoch], [2, 0, now]);
    const cookiesEnd = now + 86_400 + CLOCK_SKEW_SECONDS;
    t.equal(withEdgeTold(user, 2, now).entryExpiresEpoch, cookiesEnd);
    const after = (seconds: number) => edgeEntry(settled(user, now + seconds), now + seconds);
    t.equal(after(86_400 + CLOCK_SKEW_SECONDS - 1), `${hourAgo},|3,`);
    t.equal(after(86_400 + CLOCK_SKEW_SECONDS), '0,|3,');
    t.equal(after(MAX_URL_SECONDS + CLOCK_SKEW_SECONDS), undefined);
    const lowered = { ...user, longestCookieSeconds: 86_400 };
    const later = withRevokedStarts(lowered, [90], now + 100);
    t.equal(
      edgeEntry(settled(later, cookiesEnd), cookiesEnd),
      `${hourAgo},|3,`,
      'a later cookie below the floor',
    );
    t.ok(isSignedOut(settled(user, now + 10 ** 7), 100), 'the record keeps it for ever');
    t.notOk(isSignedOut(user, hourAgo + 1));
    t.equal(withNextStart(user, now)?.lastStart, hourAgo + 1, 'the next login is above it');
    t.equal(withEdgeTold(user, 2, now + 10 ** 7).entryExpiresEpoch, undefined);
    const twice = withRevokedStarts(withRevokedStarts(NEW_USER, [200], now), [200], now + 9);
    t.equal(twice.revokedStarts.length, 1, 'a start that is revoked twice takes one place');
  },
);

t.test('an entry of 1,024 bytes is kept, one of 1,025 raises the floor', async (t) => {
  const now = 1_795_600_000;
  const cookies = { ...NEW_USER, longestCookieSeconds: 900 };
  const fits = Array.from({ length: 204 }, (_, index) => 999 + index);
  const full = withRevokedStarts(cookies, fits, now);
  t.equal(edgeEntry(full, now), `0,${fits},|0,`);
  t.equal(edgeEntry(full, now)?.length, 1_024);
  t.strictSame(full.overtaken, NEW_USER.overtaken);
  const over = fits.map((start) => start + 1);
  t.equal(`0,${over},|0,`.length, 1_025);
  const raised = withRevokedStarts(cookies, over, now);
  t.equal(edgeEntry(raised, now), `1000,${over.slice(1)},|0,`);
  t.strictSame(raised.overtaken, { through: 1_000, untilEpoch: now + 900 + CLOCK_SKEW_SECONDS });
});

t.test('what ends at a second has ended in that second', async (t) => {
  const now = 1_795_600_000;
  const revoked = withRevokedStarts({ ...NEW_USER, longestCookieSeconds: 900 }, [7], now);
  const end = now + 900 + CLOCK_SKEW_SECONDS;
  t.equal(edgeEntry(settled(revoked, end - 1), end - 1), '0,7,|0,');
  t.equal(edgeEntry(settled(revoked, end), end), undefined);

  const told = withEdgeTold(revoked, 1, now);
  t.equal(told.entryExpiresEpoch, end);
  t.strictSame([isDue(told, end - 1), isDue(told, end)], [false, true]);
  t.equal(isDue({ ...told, changes: 2 }, now), true, 'a change that the edge does not know');
  t.equal(withEdgeTold(revoked, 1, end - 1).entryExpiresEpoch, end);
  t.equal(withEdgeTold(revoked, 1, end).entryExpiresEpoch, undefined);
  const signedOut = { ...NEW_USER, signedOut: { through: 7, untilEpoch: end } };
  t.equal(withEdgeTold(signedOut, 0, end - 1).entryExpiresEpoch, end);
  t.equal(withEdgeTold(signedOut, 0, end).entryExpiresEpoch, undefined);

  const overtaken = { ...NEW_USER, overtaken: { through: 7, untilEpoch: end } };
  t.equal(edgeEntry(overtaken, end - 1), '7,|0,');
  t.equal(edgeEntry(overtaken, end), undefined);
  for (const [start, at, expected] of [
    [7, end - 1, true],
    [7, end, false],
    [8, end - 1, false],
  ] as const) {
    t.equal(isOvertaken(overtaken, start, at), expected, `${start} at ${at - end}`);
  }
});
