import fc from 'fast-check';
import t from 'tap';
import { nextStart } from '../../../../core/session-start.ts';
import {
  cleanUserAgent,
  isLive,
  isRecheckDue,
  isTouchDue,
  parseSessionToken,
  refreshAtEpoch,
  sessionEndEpoch,
} from '../../../../services/auth/domain/session.ts';

t.test('session starts are strictly increasing, and past everywhere', async (t) => {
  const now = 1_800_000_000;
  t.equal(nextStart(undefined, now), now - 3_600);
  t.equal(nextStart(now - 3_600, now), now - 3_599);
  t.equal(nextStart(now - 61, now), now - 60);
  t.equal(nextStart(now - 60, now), undefined);
  fc.assert(
    fc.property(fc.nat(7_200), (ago) => {
      const start = nextStart(now - ago, now);
      return start === undefined || (start > now - ago && start <= now - 60);
    }),
  );
});

t.test('session: lifetimes and the window of its cookies', async (t) => {
  const session = {
    ...{ id: '', tokenHash: '', start: 0, subjectHash: '', createdAtEpoch: 0, issuedAtEpoch: 0 },
    ...{ expiresAtEpoch: 10_000, lastUsedAtEpoch: 1_400 },
  };
  t.ok(isLive(session, 4_999));
  t.notOk(isLive(session, 5_000));
  t.notOk(isLive({ ...session, lastUsedAtEpoch: 9_000 }, 10_000));
  t.equal(sessionEndEpoch(session), 5_000);
  t.equal(refreshAtEpoch({ issuedAtEpoch: 1_000, expiresAtEpoch: 1_900 }), 1_600);
  t.notOk(isTouchDue(session, 1_699), 'written less than five minutes ago');
  t.ok(isTouchDue(session, 1_700));
});

t.test('a session token has an id of 1 to 64 characters, and a secret of 1 to 128', async (t) => {
  const isToken = (id: number, secret: number) =>
    parseSessionToken(`${'i'.repeat(id)}.${'s'.repeat(secret)}`) !== undefined;
  t.strictSame(
    [isToken(0, 65), isToken(1, 65), isToken(64, 65), isToken(65, 65)],
    [false, true, true, false],
  );
  t.strictSame([isToken(1, 0), isToken(1, 1), isToken(1, 128), isToken(1, 129)], [false, true, true, false]);
});

t.test('200 characters of a user agent are kept', async (t) => {
  for (const length of [199, 200]) t.equal(cleanUserAgent('a'.repeat(length)).length, length, `${length}`);
  t.equal(cleanUserAgent('a'.repeat(201)).length, 200);
});

t.test('the provider is asked again after its time', async (t) => {
  const isDue = (nowEpoch: number, recheck: object) =>
    isRecheckDue(
      {
        ...{ id: '', tokenHash: '', start: 0, subjectHash: '', createdAtEpoch: 0, issuedAtEpoch: 0 },
        ...{ expiresAtEpoch: 10_000, lastUsedAtEpoch: 0, recheck: { answeredAtEpoch: 1_000, ...recheck } },
      },
      60,
      nowEpoch,
    );
  t.strictSame([isDue(1_059, {}), isDue(1_060, {})], [false, true]);
  t.strictSame([isDue(1_009, { withinSeconds: 10 }), isDue(1_010, { withinSeconds: 10 })], [false, true]);
});
