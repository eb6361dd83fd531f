import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { IDLE_LIFETIME_SECONDS } from '../../../../core/time-bounds.ts';
import { deriveUserId, parseUserId } from '../../../../core/user-id.ts';
import { withAllEnded, withoutSessions } from '../../../../services/auth/domain/live-sessions.ts';
import { parseJson, send } from '../../../support/client.ts';
import { withHundredEnded } from '../support/hundred-ended.ts';
import { change, nowEpoch } from '../support/seed-session.ts';
import { attemptLogin, startService } from '../support/service.ts';
import { startOf, startSessions, UNHURRIED } from '../support/sessions.ts';

const { store, provider, service, stores, session, sessionOf, show, refresh } = await startSessions(t);

t.test('a background renewal does not extend the idle lifetime; another renewal does', async (t) => {
  const userId = parseUserId('idle');
  const lastUsedAtEpoch = nowEpoch() - IDLE_LIFETIME_SECONDS + 30;
  const { id, headers } = await session(userId, { lastUsedAtEpoch });
  t.equal((await refresh(headers, { background: true })).status, 200);
  t.equal((await sessionOf(userId, id))?.lastUsedAtEpoch, lastUsedAtEpoch);
  t.equal((await refresh(headers)).status, 200);
  t.ok(((await sessionOf(userId, id))?.lastUsedAtEpoch ?? 0) >= lastUsedAtEpoch + 3_000);
});

t.test('a renewal is one read of the store, and normally no write', async (t) => {
  const { headers } = await session(parseUserId('costs'));
  const { read, write } = stores.users;
  const calls: string[] = [];
  stores.users.read = (userId) => {
    calls.push('read');
    return read(userId);
  };
  stores.users.write = (...given) => {
    calls.push('write');
    return write(...given);
  };
  t.teardown(() => Object.assign(stores.users, { read, write }));
  t.equal((await refresh(headers)).status, 200);
  t.equal((await show(headers)).status, 200);
  t.strictSame(calls, ['read', 'read']);
});

t.test('a browser that is closed loses the times of its CloudFront cookies', async (t) => {
  const { answer, jar } = await attemptLogin(service, provider, { subject: 'restarts' });
  const times = async (cookie: string) => {
    const body = await parseJson<{ cookies: { expiresAt: string }; serverTime: string }>(
      await show({ cookie }),
    );
    return Date.parse(body.cookies.expiresAt) - Date.parse(body.serverTime);
  };
  t.ok((await times(jar.header('/auth/session'))) > 800_000);
  const kept = answer.headers.getSetCookie().filter((line) => /Max-Age=[1-9]/.test(line));
  t.ok(
    (await times(kept.map((line) => line.split(';')[0]).join('; '))) <= 0,
    'the remaining cookies name no time to renew',
  );
});

t.test("the times of a user's cookies are not shown to another user", async (t) => {
  const { jar } = await attemptLogin(service, provider, { subject: 'before' });
  const window = `__Host-cookie-window=${jar.get('__Host-cookie-window')}`;
  const { headers } = await session(parseUserId('after'));
  const body = await parseJson<{ cookies: { expiresAt: string }; serverTime: string }>(
    await show({ cookie: `${headers.cookie}; ${window}` }),
  );
  t.ok(body.cookies.expiresAt <= body.serverTime);
});

t.test('twenty tabs renew at once: one start, no lost update, no redirect', async (t) => {
  const userId = parseUserId('tabs');
  const lastUsedAtEpoch = nowEpoch() - IDLE_LIFETIME_SECONDS + 30;
  const { headers, start, id } = await session(userId, { lastUsedAtEpoch });
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(headers)));
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]));
  t.strictSame(new Set(answers.map(startOf)), new Set([String(start)]));
  const users = await Promise.all(answers.map((each) => parseJson<{ user: object }>(each)));
  t.equal(new Set(users.map(({ user }) => JSON.stringify(user))).size, 1);
  t.ok(((await sessionOf(userId, id))?.lastUsedAtEpoch ?? 0) > lastUsedAtEpoch);
});

t.test('a renewal that is signed after another person has signed in here opens nothing', async (t) => {
  const slow = await startService(t, provider.issuer, {}, false, UNHURRIED);
  const { jar } = await attemptLogin(slow, provider, { subject: 'slow' });
  const { cookieIssuer } = slow.deps;
  const [asked, signed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  slow.deps.cookieIssuer = {
    ...cookieIssuer,
    async issue(wanted) {
      asked.resolve();
      await signed.promise;
      return cookieIssuer.issue(wanted);
    },
  };
  const late = send(jar, `${slow.origin}/auth/refresh`, {
    method: 'POST',
    headers: { origin: slow.origin },
  });
  await asked.promise;
  slow.deps.cookieIssuer = cookieIssuer;
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

t.test('a live session that the floor overtook gets a new start at its renewal', async (t) => {
  const userId = parseUserId('overtaken');
  const old = await session(userId);
  await change(stores.users, userId, withHundredEnded);
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(old.headers)));
  t.equal(new Set(answers.map(startOf)).size, 1, 'five tabs, one new start');
  const answer = await refresh(old.headers);
  t.equal(answer.status, 200);
  t.ok(Number(startOf(answer)) > old.start + 100, 'the cookies have the new start');
  t.equal((await sessionOf(userId, old.id))?.start, Number(startOf(answer)));
  t.equal(startOf(await refresh(old.headers)), startOf(answer), 'and keep this start');
  t.equal((await show(old.headers)).status, 200);
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

t.test('a renewal that a logout-all overtakes does not revive the session', async (t) => {
  const userId = parseUserId('raced');
  const old = await session(userId);
  await change(stores.users, userId, withHundredEnded);
  const { write } = stores.users;
  // Between the renewal's check of the session and its write.
  stores.users.write = async (...given) => {
    stores.users.write = write;
    await change(stores.users, userId, (known) => withAllEnded(known, nowEpoch()));
    return write(...given);
  };
  t.equal((await refresh(old.headers)).status, 401);
  t.equal((await show(old.headers)).status, 401);
});

t.test('an idle extension does not revive a session that has ended meanwhile', async (t) => {
  const userId = parseUserId('touched');
  const old = await session(userId, { lastUsedAtEpoch: nowEpoch() - 1_800 });
  const { write } = stores.users;
  stores.users.write = async (...given) => {
    stores.users.write = write;
    await change(stores.users, userId, (known) => withoutSessions(known, () => true, nowEpoch()));
    return write(...given);
  };
  t.equal((await refresh(old.headers)).status, 401);
  t.strictSame((await stores.users.read(userId)).user.sessions, []);
});

t.test('an idle extension that cannot be written does not end the session', async (t) => {
  const userId = parseUserId('untouched');
  const old = await session(userId, { lastUsedAtEpoch: nowEpoch() - 1_800 });
  const { write } = stores.users;
  stores.users.write = async () => {
    stores.users.write = write;
    throw new GatewayError('store_unavailable');
  };
  const answer = await refresh(old.headers);
  t.equal(answer.status, 200);
  t.notOk(answer.headers.getSetCookie().some((line) => /Expires=Thu, 01 Jan 1970/.test(line)));
});
