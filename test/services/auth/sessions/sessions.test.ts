import t from 'tap';
import { IDLE_LIFETIME_SECONDS } from '../../../../core/time-bounds.ts';
import { deriveUserId, parseUserId } from '../../../../core/user-id.ts';
import { withAllEnded } from '../../../../services/auth/sessions/live.ts';
import { parseJson, send } from '../../../support/client.ts';
import { change, nowEpoch } from '../support/seed-session.ts';
import { attemptLogin, startService } from '../support/service.ts';
import { startOf, startSessions, UNHURRIED } from '../support/sessions.ts';

const { store, provider, stores, origin, session, show, refresh } = await startSessions(t);

t.test('a session ends when its time is over, whether or not the store has deleted it', async (t) => {
  const id = parseUserId('ends');
  for (const changes of [
    { expiresAtEpoch: nowEpoch() - 1 },
    { lastUsedAtEpoch: nowEpoch() - IDLE_LIFETIME_SECONDS },
    { expiresAtEpoch: nowEpoch() - 86_400, lastUsedAtEpoch: nowEpoch() },
  ]) {
    const { headers } = await session(id, changes);
    t.equal((await show(headers)).status, 401, JSON.stringify(changes));
    t.equal((await refresh(headers)).status, 401, JSON.stringify(changes));
  }
});

t.test('cookies never outlive the idle time of the session', async (t) => {
  const lastUsedAtEpoch = nowEpoch() - IDLE_LIFETIME_SECONDS + 200;
  const { headers } = await session(parseUserId('idle'), { lastUsedAtEpoch });
  const { cookies } = await parseJson<{ cookies: { expiresAt: string } }>(
    await refresh(headers, { background: true }),
  );
  t.equal(Date.parse(cookies.expiresAt) / 1_000, lastUsedAtEpoch + IDLE_LIFETIME_SECONDS);
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

t.test('a record in a newer format does not end the session', async (t) => {
  const userId = parseUserId('newer');
  const { headers } = await session(userId);
  const { user, version } = await stores.users.read(userId);
  await stores.users.write(userId, version, Object.assign({ ...user }, { format: 99 }));
  const answer = await show(headers);
  t.equal(answer.status, 503);
  t.equal((await parseJson<{ code: string }>(answer)).code, 'store_unavailable');
});

t.test('a renewal that is signed after another person has signed in here opens nothing', async (t) => {
  const slow = await startService(t, provider.issuer, {}, false, UNHURRIED);
  const { jar } = await attemptLogin(slow, provider, { subject: 'slow' });
  const { folderCookies } = slow.deps;
  const [asked, signed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  slow.deps.folderCookies = {
    ...folderCookies,
    async issue(wanted) {
      asked.resolve();
      await signed.promise;
      return folderCookies.issue(wanted);
    },
  };
  const late = send(jar, `${slow.origin}/auth/refresh`, {
    method: 'POST',
    headers: { origin: slow.origin },
  });
  await asked.promise;
  slow.deps.folderCookies = folderCookies;
  t.equal((await attemptLogin(slow, provider, { subject: 'next' }, { jar })).answer.status, 302);
  signed.resolve();
  const start = Number(startOf(await late));
  const entry = store.keyValueStore.get(deriveUserId(provider.issuer, 'slow'));
  t.equal(entry, `0,${start},|0,`, 'the edge refuses its cookies');
});

t.test('a renewal that is frozen before it signs: its cookies count from the read', async (t) => {
  const slow = await startService(t, provider.issuer, {}, false, UNHURRIED);
  const { jar } = await attemptLogin(slow, provider, { subject: 'frozen' });
  const { read } = slow.stores.users;
  const { now } = slow.deps.clock;
  slow.stores.users.read = async (userId) => {
    const known = await read(userId);
    // Everything after this, also the signature, happens ten minutes later.
    slow.deps.clock.now = () => now() + 600_000;
    return known;
  };
  const before = nowEpoch();
  const answer = await send(jar, `${slow.origin}/auth/refresh`, {
    method: 'POST',
    headers: { origin: slow.origin },
  });
  const { cookies } = await parseJson<{ cookies: { expiresAt: string } }>(answer);
  t.ok(Date.parse(cookies.expiresAt) / 1_000 <= before + 900 + 2);
});

t.test('a longer cookie lifetime is noted before any cookie has it', async (t) => {
  const userId = parseUserId('longer');
  const { headers, token } = await session(userId);
  const longer = await startService(t, provider.issuer, { COOKIE_LIFETIME_SECONDS: '3600' });
  t.equal((await refresh(headers)).status, 200);
  t.equal((await stores.users.read(userId)).user.longestCookieSeconds, 900);
  const answer = await fetch(`${longer.origin}/auth/refresh`, {
    method: 'POST',
    headers: { cookie: `__Host-session=${token}`, origin: longer.origin },
  });
  t.equal(answer.status, 200);
  t.equal((await stores.users.read(userId)).user.longestCookieSeconds, 3_600);
});

t.test('a refresh that ends in 401 clears the cookies of its own user only', async (t) => {
  const alice = await session(parseUserId('alice-left'));
  await change(stores.users, parseUserId('alice-left'), (known) => withAllEnded(known, nowEpoch()));
  const cookie = `${alice.headers.cookie}; __Host-files-alice-left=1; __Host-files-bob=1`;
  const answer = await refresh({ cookie, origin });
  t.equal(answer.status, 401);
  const names = answer.headers.getSetCookie().map((line) => /^([^=]+)=(?:.*Path=(\/users[^;]*))?/.exec(line));
  t.strictSame(
    names.map((match) => [match?.[1], match?.[2]]),
    [
      ['CloudFront-Policy', '/users/alice-left/'],
      ['CloudFront-Signature', '/users/alice-left/'],
      ['CloudFront-Key-Pair-Id', '/users/alice-left/'],
      ['CloudFront-Hash-Algorithm', '/users/alice-left/'],
      ['__Host-files-alice-left', undefined],
    ],
  );
  for (const line of answer.headers.getSetCookie()) t.match(line, /Expires=Thu, 01 Jan 1970/, line);
});

t.test('a store that is down is 503 with Retry-After, and never a logout', async (t) => {
  const { headers } = await session(parseUserId('down'));
  await store.close();
  for (const [index, answer] of [await show(headers), await refresh(headers)].entries()) {
    t.equal(answer.status, 503, `row ${index}`);
    t.equal((await parseJson<{ code: string }>(answer)).code, 'store_unavailable', `row ${index}`);
    t.ok(Number(answer.headers.get('retry-after')) > 0, `row ${index}`);
    t.strictSame(answer.headers.getSetCookie(), [], 'no cookie goes');
  }
});
