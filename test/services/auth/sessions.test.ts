import t from 'tap';
import { formatRecord, parseRecord } from '../../../services/auth/adapters/record-format.ts';
import { GatewayError } from '../../../services/auth/domain/errors.ts';
import { withAllEnded, withoutSessions } from '../../../services/auth/domain/live-sessions.ts';
import { withRevokedStarts } from '../../../services/auth/domain/revocation-entry.ts';
import {
  cleanUserAgent,
  IDLE_LIFETIME_SECONDS,
  MAX_SESSIONS,
  newSessionId,
  type Session,
} from '../../../services/auth/domain/session.ts';
import { nextStart } from '../../../services/auth/domain/session-start.ts';
import { MAX_SHARES } from '../../../services/auth/domain/shares.ts';
import { deriveUserId, parseUserId, type UserId } from '../../../services/auth/domain/user-id.ts';
import type { UserRecord } from '../../../services/auth/domain/user-record.ts';
import { sidPointer } from '../../../services/auth/sessions/pointers.ts';
import { decodePolicy, parseJson, send } from '../../support/client.ts';
import { shortened } from '../../support/shortened.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { change, nowEpoch, seedSession } from './support/seed-session.ts';
import { attemptLogin, beginLogin, callback, startService, startStore } from './support/service.ts';

const store = await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer);
const { stores, origin } = service;

/** A session as a login makes it, with the headers of its browser. */
async function session(userId: UserId, changes: Partial<Session> = {}) {
  const seeded = await seedSession(stores.users, userId, changes);
  return { ...seeded, headers: { cookie: `__Host-session=${seeded.token}`, origin } };
}

const sessionOf = async (userId: UserId, id: string) =>
  (await stores.users.read(userId)).user.sessions.find((known) => known.id === id);
const show = (headers: Record<string, string>) => fetch(`${origin}/auth/session`, { headers });
const refresh = (headers: Record<string, string>, body?: object) =>
  fetch(`${origin}/auth/refresh`, {
    method: 'POST',
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const startOf = (answer: Response): unknown => {
  const line = answer.headers.getSetCookie().find((each) => each.startsWith('CloudFront-Policy='));
  return JSON.stringify(decodePolicy(/=([^;]*)/.exec(line ?? '')?.[1] ?? '')).match(
    /DateGreaterThan":\{"AWS:EpochTime":(\d+)/,
  )?.[1];
};

/** Adds a hundred sessions that have ended. Their starts do not fit into the edge's entry. */
function withHundredEnded(user: UserRecord): UserRecord {
  let changed = user;
  for (let i = 0; i < 100; i++) {
    const start = nextStart(changed.lastStart, nowEpoch()) ?? 0;
    changed = withRevokedStarts({ ...changed, lastStart: start }, [start], nowEpoch());
  }
  return changed;
}

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
  const slow = await startService(t, provider.issuer);
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
  const slow = await startService(t, provider.issuer);
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

t.test('a login that a logout-all overtakes', async (t) => {
  const raced = await startService(t, provider.issuer);
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await raced.deps.sessions.endAll(given[0]);
    return write(...given);
  };
  const { code, jar } = await attemptLogin(raced, provider, { subject: 'late' });
  t.equal(code, 'login_expired');
  t.notOk(jar.get('__Host-session'), 'nothing is half signed in');
  t.equal((await attemptLogin(raced, provider, { subject: 'late' })).answer.status, 302);
});

t.test('a login whose store answer is lost makes one session', async (t) => {
  const raced = await startService(t, provider.issuer);
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await write(...given);
    // The answer of the first write was lost, so the SDK repeats the write. Its condition does not hold any more.
    return false;
  };
  const { answer, jar } = await attemptLogin(raced, provider, { subject: 'lost-answer' });
  t.equal(answer.status, 302);
  const { user } = await stores.users.read(deriveUserId(provider.issuer, 'lost-answer'));
  t.equal(user.sessions.length, 1);
  t.equal((await send(jar, `${raced.origin}/auth/session`)).status, 200);
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

t.test('a start that is given while a logout is under way is revoked', async (t) => {
  const raced = await startService(t, provider.issuer);
  const userId = parseUserId('given');
  const old = await session(userId);
  await change(stores.users, userId, withHundredEnded);
  const { write } = raced.stores.users;
  // Between the logout's read and its write.
  let given: unknown;
  raced.stores.users.write = async (...written) => {
    raced.stores.users.write = write;
    given = startOf(await refresh(old.headers));
    return write(...written);
  };
  const headers = { ...old.headers, origin: raced.origin, accept: 'application/json' };
  t.equal((await fetch(`${raced.origin}/auth/logout`, { method: 'POST', headers })).status, 200);
  t.ok(Number(given) > old.start, 'there was a new start');
  t.ok(store.keyValueStore.get(userId)?.includes(`,${given},`), 'the edge refuses it');
  t.equal((await show(old.headers)).status, 401);
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

t.test('sixty logins in a minute have sixty starts; in an hour there is a limit', async (t) => {
  const attempts = await Promise.all(Array.from({ length: 12 }, async () => beginLogin(service)));
  provider.is({ subject: 'sixty' });
  const starts = new Set<unknown>();
  for (const { jar, callbackUrl } of attempts) starts.add(startOf((await callback(jar, callbackUrl)).answer));
  const userId = deriveUserId(provider.issuer, 'sixty');
  for (let i = 0; i < 48; i++) starts.add(String((await session(userId)).start));
  t.equal(starts.size, 60);
  await change(stores.users, userId, (known) => ({ ...known, lastStart: nowEpoch() - 30 }));
  t.equal((await attemptLogin(service, provider, { subject: 'sixty' })).code, 'too_many_logins');
});

t.test('with a hundred live sessions, the one used longest ago ends as by logout', async (t) => {
  const userId = deriveUserId(provider.issuer, 'many');
  const now = nowEpoch();
  const idle = await session(userId, { lastUsedAtEpoch: now - 1_800 });
  for (let i = 1; i < MAX_SESSIONS; i++) await session(userId, { lastUsedAtEpoch: now - 60 });
  t.equal((await show(idle.headers)).status, 200);
  t.equal((await attemptLogin(service, provider, { subject: 'many' })).answer.status, 302);
  t.equal((await show(idle.headers)).status, 401);
  t.equal(store.keyValueStore.get(userId), `0,${idle.start},|0,`, 'at the edge, too, before the answer');
  t.equal((await stores.users.read(userId)).user.sessions.length, MAX_SESSIONS);
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

t.test('a logout whose record cannot be written is 503, and the next one revokes', async (t) => {
  const userId = parseUserId('unwritten');
  const { headers, start } = await session(userId);
  const leave = () =>
    fetch(`${origin}/auth/logout`, { method: 'POST', headers: { ...headers, accept: 'application/json' } });
  const { write } = stores.users;
  stores.users.write = async () => {
    stores.users.write = write;
    throw new GatewayError('store_unavailable');
  };
  const failed = await leave();
  t.equal(failed.status, 503);
  t.strictSame(failed.headers.getSetCookie(), [], 'the person may try again');
  t.equal((await show(headers)).status, 200);
  t.equal((await leave()).status, 200);
  const { user } = await stores.users.read(userId);
  t.strictSame(
    user.revokedStarts.map(({ number }) => number),
    [start],
  );
});

t.test('a logout that breaks off after its record is written: the session never comes back', async (t) => {
  const cut = await startService(t, provider.issuer, {}, false, shortened(20));
  const { jar } = await attemptLogin(cut, provider, { subject: 'cut' });
  const { tokens, edge } = cut.stores;
  // The steps after the write never happen.
  tokens.turnIntoTicket = () => new Promise(() => {});
  edge.describe = () => new Promise(() => {});
  const ask = (path: string, init: RequestInit = {}) =>
    send(jar, cut.origin + path, { ...init, headers: { origin: cut.origin } });
  const cookie = jar.header('/auth/session');
  const leaving = fetch(`${cut.origin}/auth/logout`, {
    method: 'POST',
    headers: { origin: cut.origin, cookie },
  }).catch(() => undefined);
  const userId = deriveUserId(provider.issuer, 'cut');
  while ((await cut.stores.users.read(userId)).user.sessions.length > 0);
  const { now } = cut.deps.clock;
  for (const hours of [0, 1 / 3, 13]) {
    cut.deps.clock.now = () => now() + hours * 3_600_000;
    t.equal((await ask('/auth/session')).status, 401, `${hours} hours later`);
    t.equal((await ask('/auth/refresh', { method: 'POST' })).status, 401);
  }
  await cut.app.close();
  await leaving;
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
  for (const line of answer.headers.getSetCookie()) t.match(line, /Expires=Thu, 01 Jan 1970/);
});

t.test("a logout of the provider's session that arrives before its login has been stored", async (t) => {
  const sid = 'session-of-the-provider';
  const pointer = sidPointer(provider.issuer, sid);
  await stores.pointers.mark(pointer, { issuedAtEpoch: nowEpoch() }, nowEpoch());
  const { code, jar } = await attemptLogin(service, provider, {
    subject: 'overtaken-login',
    claims: { sid },
  });
  t.equal(code, 'login_expired');
  t.notOk(jar.get('__Host-session'), 'nothing is half signed in');
  const other = await attemptLogin(service, provider, {
    subject: 'overtaken-login',
    claims: { sid: 'another' },
  });
  t.equal(other.answer.status, 302);
});

t.test("a logout of the provider's session between the pointer and the record of a login", async (t) => {
  const raced = await startService(t, provider.issuer);
  const sid = 'raced-session';
  const { write } = raced.stores.users;
  raced.stores.users.write = async (...given) => {
    raced.stores.users.write = write;
    await service.deps.sessions.endAtProvider({
      ...{ issuer: provider.issuer, sid, jti: 'raced', issuedAtEpoch: nowEpoch() },
    });
    return write(...given);
  };
  const { code } = await attemptLogin(raced, provider, { subject: 'raced-login', claims: { sid } });
  t.equal(code, 'login_expired');
});

t.test('a logout by the provider that is cut off is finished by the schedule', async (t) => {
  const sid = 'cut-session';
  await service.deps.schedule.run(10_000);
  const { jar } = await attemptLogin(service, provider, { subject: 'cut-off', claims: { sid } });
  const pointer = sidPointer(provider.issuer, sid);
  await stores.pointers.mark(pointer, { issuedAtEpoch: nowEpoch() }, nowEpoch());
  t.equal((await send(jar, `${origin}/auth/session`)).status, 200, 'the process ended here');
  t.match(await service.deps.schedule.run(10_000), { providerLogouts: 1 });
  t.equal((await send(jar, `${origin}/auth/session`)).status, 401);
  t.match(await service.deps.schedule.run(10_000), { providerLogouts: 0 }, 'once');
});

t.test('with an id from a claim the provider can still end all sessions of a subject', async (t) => {
  const byClaim = await startService(t, provider.issuer, { USER_ID_CLAIM: 'employee' });
  const signIn = (employee: string) =>
    attemptLogin(byClaim, provider, { subject: 'mapped', claims: { employee } });
  const first = await signIn('E-7');
  // The value of the claim changes: from now on the subject has a second folder.
  const second = await signIn('E-77');
  t.equal(first.answer.status, 302);
  const logout = async (subject: string, issuedAtEpoch: number) => {
    const body = new URLSearchParams({ logout_token: await provider.logoutToken(subject, issuedAtEpoch) });
    return (await fetch(`${byClaim.origin}/auth/backchannel-logout`, { method: 'POST', body })).status;
  };
  const shown = async ({ jar }: { jar: typeof first.jar }) =>
    (await send(jar, `${byClaim.origin}/auth/session`)).status;
  t.strictSame([await shown(first), await shown(second)], [200, 200]);
  t.equal(await logout('mapped', nowEpoch()), 200);
  t.strictSame([await shown(first), await shown(second)], [401, 401]);
});

t.test('with an id from a claim: a logout of the subject that overtakes the first login', async (t) => {
  const byClaim = await startService(t, provider.issuer, { USER_ID_CLAIM: 'employee' });
  const issuedAtEpoch = nowEpoch() - 10;
  const logout = async (iat: number) => {
    const body = new URLSearchParams({ logout_token: await provider.logoutToken('unheard-of', iat) });
    return (await fetch(`${byClaim.origin}/auth/backchannel-logout`, { method: 'POST', body })).status;
  };
  const login = async (iat: number) => {
    const claims = { employee: 'E-8', iat };
    const { code, answer, jar } = await attemptLogin(byClaim, provider, { subject: 'unheard-of', claims });
    return { code, status: answer.status, hasSession: jar.get('__Host-session') !== undefined };
  };
  t.equal(await logout(issuedAtEpoch), 200);
  t.equal(await logout(issuedAtEpoch - 5), 200, 'an older one, late');
  for (const iat of [issuedAtEpoch - 1, issuedAtEpoch]) {
    t.strictSame(await login(iat), { code: 'login_expired', status: 400, hasSession: false }, `${iat}`);
  }
  t.match(await login(issuedAtEpoch + 1), { status: 302, hasSession: true }, 'a younger ID token');
});

t.test('an id from a claim belongs to the first subject that brought it', async (t) => {
  const byClaim = await startService(t, provider.issuer, { USER_ID_CLAIM: 'employee' });
  const login = (subject: string) =>
    attemptLogin(byClaim, provider, { subject, claims: { employee: 'E-9' } });
  const owner = await login('owner');
  t.equal(owner.answer.status, 302);
  const other = await login('other');
  t.strictSame([other.code, other.answer.status], ['user_id_taken', 403]);
  // The refused person signs out at the provider. This must not affect the owner.
  const body = new URLSearchParams({ logout_token: await provider.logoutToken('other', nowEpoch()) });
  t.equal((await fetch(`${byClaim.origin}/auth/backchannel-logout`, { method: 'POST', body })).status, 200);
  t.equal((await send(owner.jar, `${byClaim.origin}/auth/session`)).status, 200);
  t.equal((await login('owner')).answer.status, 302);
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
  await stores.users.write(userId, version, Object.assign({ ...user }, { format: 2 }));
  const answer = await show(headers);
  t.equal(answer.status, 503);
  t.equal((await parseJson<{ code: string }>(answer)).code, 'store_unavailable');
});

t.test('a store that is down is 503 with Retry-After, and never a logout', async (t) => {
  const { headers } = await session(parseUserId('down'));
  await store.close();
  for (const answer of [await show(headers), await refresh(headers)]) {
    t.equal(answer.status, 503);
    t.equal((await parseJson<{ code: string }>(answer)).code, 'store_unavailable');
    t.ok(Number(answer.headers.get('retry-after')) > 0);
    t.strictSame(answer.headers.getSetCookie(), [], 'no cookie goes');
  }
});
