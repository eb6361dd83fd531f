import t from 'tap';
import { MARGIN_SECONDS } from '../../../../core/time-bounds.ts';
import {
  findSession,
  withAllEnded,
  withChangedSession,
  withCookieLifetime,
  withNothingTrusted,
  withoutSessions,
  withRestartedSession,
  withSession,
} from '../../../../services/auth/domain/live-sessions.ts';
import { MAX_SESSIONS, type Session } from '../../../../services/auth/domain/session.ts';
import { NEW_USER, type UserRecord } from '../../../../services/auth/domain/user-record.ts';

const NOW = 1_795_600_000;

function session(id: string, changes: Partial<Session> = {}): Omit<Session, 'start'> {
  const times = {
    createdAtEpoch: NOW,
    expiresAtEpoch: NOW + 43_200,
    lastUsedAtEpoch: NOW,
    issuedAtEpoch: NOW,
  };
  return { id, tokenHash: `hash of ${id}`, subjectHash: 's', ...times, ...changes };
}

function userWith(...sessions: Omit<Session, 'start'>[]): UserRecord {
  return sessions.reduce<UserRecord>(
    (user, each) => withSession(user, each, NOW) ?? user,
    withCookieLifetime(NEW_USER, 900),
  );
}

const idsOf = ({ sessions }: UserRecord) => sessions.map(({ id }) => id);
const find = (user: UserRecord, id: string) => findSession(user, `hash of ${id}`, NOW)?.id;

t.test('a session is found by the hash of its token, if it is live and above the floor', async (t) => {
  const user = userWith(
    session('a'),
    session('idle', { lastUsedAtEpoch: NOW - 3_600 }),
    session('over', { expiresAtEpoch: NOW }),
  );
  t.strictSame(
    [find(user, 'a'), find(user, 'b'), find(user, 'idle'), find(user, 'over')],
    ['a', undefined, undefined, undefined],
  );
  const [first] = user.sessions;
  const floor = { through: first?.start ?? 0 };
  t.equal(find({ ...user, signedOut: floor }, 'a'), undefined, 'a floor stays for ever');
  t.equal(find({ ...user, signedOut: { ...floor, through: floor.through - 1 } }, 'a'), 'a');
});

t.test('one session too many ends the session used longest ago, and revokes its start', async (t) => {
  const many = Array.from({ length: MAX_SESSIONS }, (_, i) =>
    session(`${i}`, { lastUsedAtEpoch: i === 7 ? NOW - 60 : NOW }),
  );
  const full = userWith(...many);
  t.strictSame([full.sessions.length, full.changes], [MAX_SESSIONS, 0]);
  const user = withSession(full, session('new'), NOW) ?? NEW_USER;
  t.strictSame(idsOf(user), [...idsOf(full).filter((id) => id !== '7'), 'new']);
  t.strictSame(user.revokedStarts, [{ number: full.sessions[7]?.start }]);
  t.equal(user.changes, 1);
  const alike = userWith(...Array.from({ length: MAX_SESSIONS }, (_, i) => session(`${i}`)));
  const [first] = alike.sessions;
  const restarted = (first && withRestartedSession(alike, first, NOW)) ?? NEW_USER;
  const later = withSession(restarted, session('new'), NOW) ?? NEW_USER;
  t.strictSame([idsOf(later)[0], idsOf(later).includes('1')], ['0', false], 'of those, the lowest start');
});

t.test('sessions that are over by every clock make room, and leave nothing at the edge', async (t) => {
  const full = userWith(...Array.from({ length: MAX_SESSIONS }, (_, i) => session(`${i}`)));
  const at = (later: number) =>
    withSession(full, session('new', { lastUsedAtEpoch: NOW + later }), NOW + later);
  const [soon, later] = [at(3_600 + 299), at(3_600 + 300)];
  t.strictSame([soon?.sessions.length, soon?.changes], [MAX_SESSIONS, 1], 'one that may be live is revoked');
  t.strictSame([later && idsOf(later), later?.changes], [['new'], 0]);
});

t.test('these end, and no others', async (t) => {
  const user = userWith(session('a'), session('b'), session('c'));
  const [a, b, c] = user.sessions;
  const left = withoutSessions(user, ({ id }) => id !== 'b', NOW) ?? NEW_USER;
  t.strictSame(left.sessions, [b]);
  t.strictSame(
    left.revokedStarts.map(({ number }) => number),
    [a?.start, c?.start],
  );
  t.equal(left.changes, 1, 'one change for all');
  const late = withoutSessions(user, ({ id }) => id === 'a', NOW + 3_600 + 300);
  t.strictSame(
    [late?.sessions, late?.changes],
    [[], 0],
    'over by every clock: the edge has nothing to refuse',
  );
  t.equal(
    withoutSessions(user, () => false, NOW),
    undefined,
  );
});

t.test('everything ends: sessions, shares, and cookies made without a session', async (t) => {
  const user = { ...userWith(session('a')), lastShare: 3 };
  const share = { number: 3, name: 'a.png', expiresAtEpoch: NOW + 60 };
  const ended = withAllEnded({ ...user, shares: [share] }, NOW);
  t.strictSame([ended.sessions, ended.shares], [[], []]);
  t.equal(ended.signedOut.through, user.lastStart);
  t.equal(ended.sharesSignedOut.through, 3);
  t.ok(ended.changes > user.changes);
  const later = withAllEnded(NEW_USER, NOW);
  t.equal(later.signedOut.through, NOW - 3_600);
  t.equal(withSession(later, session('b'), NOW)?.lastStart, NOW - 3_599);
});

t.test('of a restored table, all starts and shares up to a minute ago are over', async (t) => {
  const over = ({ lastStart, lastShare, signedOut, sharesSignedOut }: UserRecord) => [
    ...[lastStart, signedOut.through],
    ...[lastShare, sharesSignedOut.through],
  ];
  const ago = NOW - MARGIN_SECONDS;
  t.strictSame(over(withNothingTrusted({ ...NEW_USER, lastStart: 5, lastShare: 3 }, NOW)), [
    ago,
    ago,
    ago,
    ago,
  ]);
  const ahead = { ...NEW_USER, lastStart: NOW + 1, lastShare: NOW + 2 };
  t.strictSame(over(withNothingTrusted(ahead, NOW)), [NOW + 1, NOW + 1, NOW + 2, NOW + 2]);
});

t.test('a change of one session changes no other; a cookie lifetime only grows', async (t) => {
  const user = userWith(session('a'), session('b'));
  const [a, b] = user.sessions;
  t.strictSame(withChangedSession(user, 'a', { lastUsedAtEpoch: NOW + 9 }).sessions, [
    { ...a, lastUsedAtEpoch: NOW + 9 },
    b,
  ]);
  t.equal(withCookieLifetime(user, 3_600).longestCookieSeconds, 3_600);
  t.equal(withCookieLifetime(user, 60), user);
});

t.test('a new start revokes the one before', async (t) => {
  const user = userWith(session('a'), session('b'));
  const [a, b] = user.sessions;
  if (!a || !b) throw new Error('no sessions');
  const restarted = withRestartedSession(user, a, NOW) ?? NEW_USER;
  t.strictSame(restarted.sessions, [{ ...a, start: b.start + 1 }, b]);
  t.equal(restarted.lastStart, b.start + 1);
  t.strictSame(
    restarted.revokedStarts.map(({ number }) => number),
    [a.start],
  );
  t.equal(withRestartedSession({ ...user, lastStart: NOW - 60 }, a, NOW), undefined);
});
