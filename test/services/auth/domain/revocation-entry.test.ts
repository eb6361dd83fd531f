import fc from 'fast-check';
import t from 'tap';
import {
  COOKIE_SECONDS as ANY_COOKIE,
  CLOCKS_APART_SECONDS,
  MAX_URL_SECONDS,
} from '../../../../core/time-bounds.ts';
import {
  dueKeys,
  edgeEntry,
  isDue,
  isOvertaken,
  isSignedOut,
  withEdgeTold,
  withRevokedShare,
  withRevokedStarts,
  withSharesRevoked,
  withStartsRevoked,
} from '../../../../services/auth/domain/revocation-entry.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/domain/user-record.ts';
import { ALICE } from '../../../edge/function/support/events.ts';
import { COOKIE_SECONDS, System, withNextStart } from '../support/credentials.ts';

const NOW = 1_795_600_000;
/** A record keeps what has ended for this much longer than entries. */
const APART_SECONDS = 150;

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
        system.wait(MAX_URL_SECONDS + COOKIE_SECONDS + CLOCKS_APART_SECONDS + APART_SECONDS);
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
    t.ok(isOvertaken(system.user, system.sessions[0]?.start ?? 0));
    system.renew(0);
    t.equal(system.overtakings, 1);
    t.notOk(isOvertaken(system.user, system.sessions[0]?.start ?? 0));
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
    harmed += system.sessions.filter(({ start }) => isOvertaken(system.user, start)).length;
  }
  t.equal(harmed, 0);
  await system.check(0);
});

/** The record after an entry was made of it, written and noted, all in one second. */
const toldAt = (user: UserRecord, epoch: number) => withEdgeTold(user, user, epoch, epoch);

t.test(
  'a floor stays until the last cookie below it has expired, even a cookie made without a session',
  async (t) => {
    const hourAgo = NOW - 3_600;
    const shares = [60, 3_600].map((seconds, index) => ({
      number: 2 + index,
      name: 'a',
      expiresAtEpoch: NOW + seconds,
    }));
    const cookies = { ...NEW_USER, lastStart: 100, lastShare: 3, shares, longestCookieSeconds: 900 };
    const user = withSharesRevoked(withStartsRevoked(cookies, NOW), NOW);
    t.equal(edgeEntry(user, NOW), `${hourAgo},|3,`, 'cookies of `gateway cookies` begin an hour ago');
    t.strictSame([user.changes, user.told, user.untoldSinceEpoch], [2, 0, NOW]);
    t.equal(edgeEntry(user, NOW + 10 ** 9), `${hourAgo},|0,`, 'no end until it is told');
    const told = toldAt(user, NOW);
    const cookiesEnd = NOW + ANY_COOKIE.longest + CLOCKS_APART_SECONDS;
    const sharesEnd = NOW + 3_600 + CLOCKS_APART_SECONDS;
    t.equal(told.entryExpiresEpoch, sharesEnd + APART_SECONDS);
    t.equal(edgeEntry(told, sharesEnd - 1), `${hourAgo},|3,`, 'shares end with the last of their links');
    t.equal(edgeEntry(told, sharesEnd), `${hourAgo},|0,`);
    t.equal(edgeEntry(told, cookiesEnd), undefined);
    t.ok(isSignedOut(toldAt(told, NOW + 10 ** 7), 100), 'the record keeps it for ever');
    t.equal(toldAt(told, NOW + 10 ** 7).entryExpiresEpoch, undefined);
    t.notOk(isSignedOut(user, hourAgo + 1));
    t.equal(withNextStart(user, NOW)?.lastStart, hourAgo + 1, 'the next login is above it');
    const longer = toldAt({ ...user, longestCookieSeconds: 2 * ANY_COOKIE.longest }, NOW);
    t.equal(longer.signedOut.untilEpoch, cookiesEnd + ANY_COOKIE.longest);
    t.strictSame(
      withSharesRevoked({ ...NEW_USER, lastShare: 9 }, NOW),
      { ...NEW_USER, lastShare: 9 },
      'no share, no key',
    );
  },
);

t.test('a floor for shares lives as long as the last of all that it takes the place of', async (t) => {
  const user = (numbers: number[]) => ({
    ...{ ...NEW_USER, lastShare: numbers.at(-1) ?? 0 },
    shares: numbers.map((number) => ({ number, name: 'a', expiresAtEpoch: NOW + 60 })),
  });
  const long = NOW + 3_600;
  const floor = { through: 2, untilEpoch: long + CLOCKS_APART_SECONDS };
  const replacing = { ...user([2]), sharesSignedOut: { ...floor, through: 1 } };
  t.strictSame(withSharesRevoked(replacing, NOW).sharesSignedOut, floor, 'a floor');
  const absorbing = withSharesRevoked(withRevokedShare(user([1, 2]), 1, long, NOW), NOW);
  t.strictSame([absorbing.sharesSignedOut, absorbing.revokedShares], [floor, []], 'a single share');
});

t.test('an item of which nothing is left to tell is written once more, and makes room', (t) => {
  const item = { ...NEW_USER, entryExpiresEpoch: NOW - 1 };
  t.strictSame(dueKeys(item, 'own', NOW), [{ key: 'own', entry: undefined, isShrinking: true }]);
  t.strictSame(dueKeys(NEW_USER, 'own', NOW), []);
  t.end();
});

t.test('an entry of 1,024 bytes is kept, one of 1,025 raises the floor', async (t) => {
  const cookies = { ...NEW_USER, longestCookieSeconds: 900 };
  const fits = Array.from({ length: 204 }, (_, index) => 999 + index);
  const full = withRevokedStarts(cookies, fits, NOW);
  t.equal(edgeEntry(full, NOW), `0,${fits},|0,`);
  t.equal(edgeEntry(full, NOW)?.length, 1_024);
  t.strictSame(full.overtaken, NEW_USER.overtaken);
  const over = fits.map((start) => start + 1);
  t.equal(`0,${over},|0,`.length, 1_025);
  const raised = withRevokedStarts(cookies, over, NOW);
  t.equal(edgeEntry(raised, NOW), `1000,${over.slice(1)},|0,`);
  t.strictSame(raised.overtaken, { through: 1_000 });
  const reversed = withRevokedStarts(cookies, over.toReversed(), NOW);
  t.equal(edgeEntry(reversed, NOW), edgeEntry(raised, NOW), 'in whatever order they came');
  const end = NOW + 900 + CLOCKS_APART_SECONDS;
  t.strictSame(toldAt(raised, NOW).overtaken, { through: 1_000, untilEpoch: end });

  const later = withRevokedStarts(toldAt(full, NOW), [9_999], end);
  t.strictSame(later.overtaken, { through: 1_000, untilEpoch: end }, 'what has ended takes room as well');
  t.equal(edgeEntry(later, end - 1)?.length, 1_023);
  t.equal(edgeEntry(later, end), '0,9999,|0,');
});

t.test('what ends at a second has ended in that second, and the record keeps it for longer', async (t) => {
  const user = { ...NEW_USER, longestCookieSeconds: 900 };
  const revoked = withRevokedStarts(user, [7], NOW);
  t.equal(edgeEntry(revoked, NOW + 10 ** 9), '0,7,|0,', 'no end until it is told');
  const told = toldAt(revoked, NOW);
  const end = NOW + 900 + CLOCKS_APART_SECONDS;
  const gone = end + APART_SECONDS;
  t.strictSame(told.revokedStarts, [{ number: 7, untilEpoch: end }]);
  t.equal(edgeEntry(told, end - 1), '0,7,|0,');
  t.equal(edgeEntry(told, end), undefined);
  t.equal(told.entryExpiresEpoch, gone);
  t.strictSame([isDue(told, gone - 1), isDue(told, gone)], [false, true]);
  t.equal(isDue({ ...told, changes: 2 }, NOW), true, 'a change that the edge does not know');
  t.strictSame(toldAt(told, gone - 1), told, 'an entry of another process may still have it');
  t.strictSame(withEdgeTold(told, told, gone - 1, gone + 600), told, 'however late the note is');
  const after = toldAt(told, gone);
  t.strictSame([after.revokedStarts, after.entryExpiresEpoch, isDue(after, gone)], [[], undefined, false]);
});

t.test('the end counts from the note, however late what it notes was written', async (t) => {
  const revoked = withRevokedStarts({ ...NEW_USER, longestCookieSeconds: 900 }, [7], NOW);
  const noted = withEdgeTold(revoked, revoked, NOW + 5_000, NOW + 6_000);
  t.strictSame(noted.revokedStarts, [{ number: 7, untilEpoch: NOW + 6_000 + 900 + CLOCKS_APART_SECONDS }]);
  const setBack = withEdgeTold(revoked, revoked, NOW, NOW - 300);
  t.strictSame(setBack.revokedStarts, [{ number: 7, untilEpoch: NOW + 900 + CLOCKS_APART_SECONDS }]);
});

t.test('what was revoked after the record was read has no end, and is due', async (t) => {
  const shares = [{ number: 3, name: 'a', expiresAtEpoch: NOW + 60 }];
  const user = { ...NEW_USER, lastStart: 8, lastShare: 3, shares, longestCookieSeconds: 900 };
  const read = withRevokedStarts(user, [7], NOW);
  const after = withSharesRevoked(withStartsRevoked(withRevokedStarts(read, [9], NOW), NOW), NOW);
  const noted = withEdgeTold(after, read, NOW, NOW);
  t.strictSame([noted.signedOut, noted.sharesSignedOut], [after.signedOut, after.sharesSignedOut]);
  t.strictSame([noted.told, noted.changes, isDue(noted, NOW)], [1, 4, true]);
  const raised = withStartsRevoked({ ...after, lastStart: NOW }, NOW);
  t.strictSame(withEdgeTold(raised, after, NOW, NOW).signedOut, { through: NOW }, 'a floor that was raised');
  const single = withEdgeTold(withRevokedStarts(read, [9], NOW), read, NOW, NOW);
  t.strictSame(single.revokedStarts[1], { number: 9 });
  t.equal(
    single.entryExpiresEpoch,
    NOW + 900 + CLOCKS_APART_SECONDS + APART_SECONDS,
    'the other one has an end',
  );

  const ended = toldAt(read, NOW);
  const again = withRevokedStarts(ended, [7], NOW + 9);
  t.strictSame(again.revokedStarts, [{ number: 7 }], 'revoked again: no end, and one place');
  const gone = ended.entryExpiresEpoch ?? 0;
  t.strictSame(
    withEdgeTold(again, ended, gone, gone).revokedStarts,
    [{ number: 7 }],
    'a late note drops nothing',
  );
});

t.test('a revoked share ends when its link does, and goes as everything else', async (t) => {
  const revoked = withRevokedShare({ ...NEW_USER, lastShare: 1 }, 1, NOW + 60, NOW);
  const end = NOW + 60 + CLOCKS_APART_SECONDS;
  t.strictSame(toldAt(revoked, NOW).revokedShares, [{ number: 1, untilEpoch: end }]);
  t.strictSame([edgeEntry(revoked, end - 1), edgeEntry(revoked, end)], ['0,|0,1,', undefined]);
  const late = end + APART_SECONDS;
  t.equal(
    withRevokedStarts(toldAt(revoked, NOW), [7], late).revokedShares.length,
    1,
    'no change drops it, but the note',
  );
  t.equal(toldAt(revoked, late - 1).revokedShares.length, 1);
  t.equal(toldAt(revoked, late).revokedShares.length, 0);
});

t.test('a start is overtaken until the writer has noted that the edge has forgotten it', async (t) => {
  const end = NOW + 60;
  const user = { ...NEW_USER, changes: 1, told: 1, overtaken: { through: 7, untilEpoch: end } };
  t.strictSame([edgeEntry(user, end - 1), edgeEntry(user, end)], ['7,|0,', undefined]);
  t.strictSame([isOvertaken(user, 7), isOvertaken(user, 8)], [true, false]);
  const changed = withRevokedStarts(user, [9], end + 10 ** 6);
  t.ok(isOvertaken(changed, 7), 'the edge may still refuse it');
  t.ok(isOvertaken(toldAt(user, end + APART_SECONDS - 1), 7));
  t.notOk(isOvertaken(toldAt(user, end + APART_SECONDS), 7));
});
