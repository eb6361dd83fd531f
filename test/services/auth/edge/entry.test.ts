import fc from 'fast-check';
import t from 'tap';
import { CLOCKS_APART_SECONDS, MAX_SIGNED_URL_SECONDS } from '../../../../core/time-bounds.ts';
import {
  edgeEntry,
  isDue,
  isSuperseded,
  withEdgeTold,
  withRevokedStarts,
} from '../../../../services/auth/edge/entry.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/sessions/record.ts';
import { ALICE } from '../../../edge/function/support/events.ts';
import { COOKIE_SECONDS, System } from '../support/credentials.ts';

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
      .constantFrom(60, 1_800, MAX_SIGNED_URL_SECONDS)
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
        system.wait(MAX_SIGNED_URL_SECONDS + COOKIE_SECONDS + CLOCKS_APART_SECONDS + APART_SECONDS);
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
    t.ok(isSuperseded(system.user, system.sessions[0]?.start ?? 0));
    system.renew(0);
    t.equal(system.overtakings, 1);
    t.notOk(isSuperseded(system.user, system.sessions[0]?.start ?? 0));
    await system.check(0);
    const last = system.credentials.at(-1);
    t.match(last, { isRevoked: false, kind: 'folder', number: system.sessions[0]?.start });
  },
);

/** The record after an entry was made of it, written and noted, all in one second. */
const toldAt = (user: UserRecord, epoch: number) => withEdgeTold(user, user, epoch, epoch);

t.test('an entry of 1,024 bytes is kept, one of 1,025 raises the floor', async (t) => {
  const cookies = { ...NEW_USER, longestCookieSeconds: 900 };
  const fits = Array.from({ length: 204 }, (_, index) => 999 + index);
  const full = withRevokedStarts(cookies, fits, NOW);
  t.equal(edgeEntry(full, NOW), `0,${fits},|0,`);
  t.equal(edgeEntry(full, NOW)?.length, 1_024);
  t.strictSame(full.superseded, NEW_USER.superseded);
  const over = fits.map((start) => start + 1);
  t.equal(`0,${over},|0,`.length, 1_025);
  const raised = withRevokedStarts(cookies, over, NOW);
  t.equal(edgeEntry(raised, NOW), `1000,${over.slice(1)},|0,`);
  t.strictSame(raised.superseded, { through: 1_000 });
  const reversed = withRevokedStarts(cookies, over.toReversed(), NOW);
  t.equal(edgeEntry(reversed, NOW), edgeEntry(raised, NOW), 'in whatever order they came');
  const end = NOW + 900 + CLOCKS_APART_SECONDS;
  t.strictSame(toldAt(raised, NOW).superseded, { through: 1_000, untilEpoch: end });

  const later = withRevokedStarts(toldAt(full, NOW), [9_999], end);
  t.strictSame(later.superseded, { through: 1_000, untilEpoch: end }, 'what has ended takes room as well');
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
