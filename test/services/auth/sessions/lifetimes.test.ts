import t from 'tap';
import { IDLE_LIFETIME_SECONDS } from '../../../../core/time-bounds.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { formatRecord, parseRecord } from '../../../../services/auth/adapters/record-format.ts';
import { cleanUserAgent, MAX_SESSIONS, newSessionId } from '../../../../services/auth/domain/session.ts';
import { MAX_SHARES } from '../../../../services/auth/domain/shares.ts';
import { parseJson } from '../../../support/client.ts';
import { withHundredEnded } from '../support/hundred-ended.ts';
import { nowEpoch } from '../support/seed-session.ts';
import { startSessions } from '../support/sessions.ts';

const { stores, session, show, refresh } = await startSessions(t);

t.test('a session ends when its time is over, whether or not the store has deleted it', async (t) => {
  const id = parseUserId('ends');
  for (const changes of [
    { expiresAtEpoch: nowEpoch() - 1 },
    { lastUsedAtEpoch: nowEpoch() - IDLE_LIFETIME_SECONDS },
    { expiresAtEpoch: nowEpoch() - 86_400, lastUsedAtEpoch: nowEpoch() },
  ]) {
    const { headers } = await session(id, changes);
    t.equal((await show(headers)).status, 401, JSON.stringify(changes));
    t.equal((await refresh(headers)).status, 401);
  }
});

t.test('the cookie names the user; the record knows only the hash of its secret', async (t) => {
  const { token, headers } = await session(parseUserId('named'));
  t.match(token, /^named\.[\w-]{43}$/);
  const [, secret = ''] = token.split('.');
  const { user } = await stores.users.read(parseUserId('named'));
  t.notOk(JSON.stringify(user).includes(secret));
  for (const [what, value] of [
    ['another user', `other.${secret}`],
    ['another secret', `named.${'A'.repeat(43)}`],
    ['no user', secret],
    ['a longer secret', `${token}A`],
    ['the hash', `named.${user.sessions[0]?.tokenHash}`],
    ['a path', `../named.${secret}`],
  ] as const)
    t.equal((await show({ ...headers, cookie: `__Host-session=${value}` })).status, 401, what);
  t.equal((await show(headers)).status, 200);
});

t.test('the fullest record is one item of the table, whatever a subject does', async (t) => {
  const now = nowEpoch();
  const hash = 'h'.repeat(22);
  const session = {
    ...{ id: newSessionId(), tokenHash: 'x'.repeat(43), start: now, subjectHash: hash, sidHash: hash },
    ...{ createdAtEpoch: now, expiresAtEpoch: now, lastUsedAtEpoch: now, issuedAtEpoch: now },
    userAgent: cleanUserAgent('"\u0001'.repeat(500)),
    recheck: {
      ...{ answeredAtEpoch: now, withinSeconds: 43_200 },
      asking: { number: 'n'.repeat(8), sinceEpoch: now },
    },
  };
  const share = { number: 10_000_000, expiresAtEpoch: now + 1, name: '"'.repeat(991) };
  const { user } = await stores.users.read(parseUserId('bounded'));
  const fullest = {
    ...withHundredEnded(withHundredEnded({ ...user, longestCookieSeconds: 86_400 })),
    ...{ name: '"'.repeat(200), email: '"'.repeat(200), owner: hash },
    sessions: Array.from({ length: MAX_SESSIONS }, () => session),
    shares: Array.from({ length: MAX_SHARES }, () => share),
  };
  const bytes = Buffer.byteLength(formatRecord(fullest));
  t.ok(bytes > 100_000 && bytes < 150_000, `${bytes} bytes`);
  t.strictSame(parseRecord(formatRecord(fullest)), fullest, 'the record is read as it was written');
});

t.test('a record in a newer format does not end the session', async (t) => {
  const userId = parseUserId('newer');
  const { headers } = await session(userId);
  const { user, version } = await stores.users.read(userId);
  await stores.users.write(userId, version, Object.assign({ ...user }, { format: 3 }));
  const answer = await show(headers);
  t.equal(answer.status, 503);
  t.equal((await parseJson<{ code: string }>(answer)).code, 'store_unavailable');
});
