import t from 'tap';
import { GatewayError } from '../../../services/auth/domain/errors.ts';
import {
  edgeEntry,
  settled,
  withNextStart,
  withRevokedStart,
  withSessionsRevoked,
} from '../../../services/auth/domain/revocation.ts';
import {
  IDLE_LIFETIME_SECONDS,
  newSecretToken,
  providerSessionKey,
  SESSION_LIFETIME_SECONDS,
} from '../../../services/auth/domain/session.ts';
import { deriveUserId, parseUserId, type UserId } from '../../../services/auth/domain/user-id.ts';
import { decodePolicy, parseJson, send } from '../../support/client.ts';
import { startMisbehavingProvider } from './support/misbehaving-provider.ts';
import { attemptLogin, beginLogin, callback, startService, startStore } from './support/service.ts';

const store = await startStore(t);
const provider = await startMisbehavingProvider(t);
// The edge's store is down here: what is revoked holds in the table alone.
const service = await startService(t, provider.issuer);
const { deps, origin } = service;
const nowEpoch = () => Math.floor(deps.now() / 1_000);

/** A session as a login makes it, put into the store by hand. */
async function session(
  userId: UserId,
  changes: { start?: number; idleExpiresAtEpoch?: number; expiresAtEpoch?: number } = {},
) {
  const user = await deps.users.update(userId, (known) => withNextStart(known, nowEpoch()));
  const { token, hash } = newSecretToken();
  const made = {
    userId,
    start: user.lastStart,
    expiresAtEpoch: nowEpoch() + SESSION_LIFETIME_SECONDS,
    idleExpiresAtEpoch: nowEpoch() + IDLE_LIFETIME_SECONDS,
    idToken: 'x',
    ...changes,
  };
  await deps.sessions.create(hash, made);
  return { hash, start: made.start, headers: { cookie: `__Host-session=${token}`, origin } };
}

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

t.test('a session ends when its time is over, whether or not the store has deleted it', async (t) => {
  const id = parseUserId('ends');
  for (const changes of [
    { expiresAtEpoch: nowEpoch() - 1 },
    { idleExpiresAtEpoch: nowEpoch() },
    { expiresAtEpoch: nowEpoch() - 86_400, idleExpiresAtEpoch: nowEpoch() + 60 },
  ]) {
    const { headers } = await session(id, changes);
    t.equal((await show(headers)).status, 401, JSON.stringify(changes));
    t.equal((await refresh(headers)).status, 401);
  }
});

t.test('a background renewal keeps no idle session alive; another one does', async (t) => {
  const id = parseUserId('idle');
  const { hash, headers } = await session(id, { idleExpiresAtEpoch: nowEpoch() + 30 });
  const before = (await deps.sessions.read(hash))?.idleExpiresAtEpoch;
  t.equal((await refresh(headers, { background: true })).status, 200);
  t.equal((await deps.sessions.read(hash))?.idleExpiresAtEpoch, before);
  t.equal((await refresh(headers)).status, 200);
  t.ok(((await deps.sessions.read(hash))?.idleExpiresAtEpoch ?? 0) > (before ?? 0));
});

t.test('the times of CloudFront cookies, which a browser that is closed loses', async (t) => {
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
    'nothing is left to renew later',
  );
});

t.test("the times of another user's cookies are nobody else's", async (t) => {
  const { jar } = await attemptLogin(service, provider, { subject: 'before' });
  const window = `__Host-cookie-window=${jar.get('__Host-cookie-window')}`;
  const { headers } = await session(parseUserId('after'));
  const body = await parseJson<{ cookies: { expiresAt: string }; serverTime: string }>(
    await show({ cookie: `${headers.cookie}; ${window}` }),
  );
  t.ok(body.cookies.expiresAt <= body.serverTime);
});

t.test('twenty tabs renew at once: one start, no lost update, no redirect', async (t) => {
  const { headers, start, hash } = await session(parseUserId('tabs'), {
    idleExpiresAtEpoch: nowEpoch() + 30,
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(headers)));
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]));
  t.same(new Set(answers.map(startOf)), new Set([String(start)]));
  const users = await Promise.all(answers.map((each) => parseJson<{ user: object }>(each)));
  t.same(new Set(users.map(({ user }) => JSON.stringify(user))).size, 1);
  t.ok(
    ((await deps.sessions.read(hash))?.idleExpiresAtEpoch ?? 0) >= nowEpoch() + IDLE_LIFETIME_SECONDS - 60,
  );
});

t.test('a renewal that is signed after somebody else has signed in here opens nothing', async (t) => {
  const slow = await startService(t, provider.issuer);
  const { jar } = await attemptLogin(slow, provider, { subject: 'slow' });
  const { cookieIssuer } = slow.deps;
  const [asked, signed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  slow.deps.cookieIssuer = {
    ...cookieIssuer,
    async issue(session) {
      asked.resolve();
      await signed.promise;
      return cookieIssuer.issue(session);
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
  const user = await slow.deps.users.read(deriveUserId(provider.issuer, 'slow'));
  t.match(edgeEntry(user, nowEpoch()), `,${start},|`, 'the edge is to refuse its cookies');
});

t.test('a login that takes its start before a logout-all, and writes its session after it', async (t) => {
  const id = parseUserId('late');
  const user = await deps.users.update(id, (known) => withNextStart(known, nowEpoch()));
  await deps.users.update(id, (known) => withSessionsRevoked(known, nowEpoch()));
  const { headers } = await session(id, { start: user.lastStart });
  t.equal((await show(headers)).status, 401);
  const after = await session(id);
  t.equal((await show(after.headers)).status, 200);
});

t.test('a logout that ends a session whose item comes back late', async (t) => {
  const id = parseUserId('ghost');
  const { start } = await session(id);
  await deps.users.update(id, (known) => withRevokedStart(known, start, nowEpoch()));
  const { headers } = await session(id, { start });
  t.equal((await show(headers)).status, 401);
});

t.test('a live session that the floor overtook gets a new start at its renewal', async (t) => {
  const id = parseUserId('overtaken');
  const old = await session(id);
  await deps.users.update(id, (known) => {
    let user = { ...known, longestCookieSeconds: 900 };
    for (let i = 0; i < 100; i++) {
      user = withNextStart(user, nowEpoch()) ?? user;
      user = withRevokedStart(user, user.lastStart, nowEpoch());
    }
    return settled(user, nowEpoch());
  });
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(old.headers)));
  t.same(new Set(answers.map(startOf)).size, 1, 'five tabs, one new start');
  const answer = await refresh(old.headers);
  t.equal(answer.status, 200);
  t.ok(Number(startOf(answer)) > old.start + 100, 'the cookies have the new start');
  t.equal((await deps.sessions.read(old.hash))?.start, Number(startOf(answer)));
  t.equal(startOf(await refresh(old.headers)), startOf(answer), 'and keep it');
  t.equal((await show(old.headers)).status, 200);
});

t.test('sixty logins in a minute have sixty starts; in an hour there is an end to them', async (t) => {
  const attempts = await Promise.all(Array.from({ length: 12 }, async () => beginLogin(service)));
  provider.is({ subject: 'sixty' });
  const starts = new Set<unknown>();
  for (const { jar, callbackUrl } of attempts) starts.add(startOf((await callback(jar, callbackUrl)).answer));
  await deps.users.update(deriveUserId(provider.issuer, 'sixty'), (known) => {
    let user = known;
    for (let i = 0; i < 48; i++) {
      user = withNextStart(user, nowEpoch()) ?? user;
      starts.add(String(user.lastStart));
    }
    return user;
  });
  t.equal(starts.size, 60);
  await deps.users.update(deriveUserId(provider.issuer, 'sixty'), (known) => ({
    ...known,
    lastStart: nowEpoch() - 30,
  }));
  t.equal((await attemptLogin(service, provider, { subject: 'sixty' })).code, 'too_many_logins');
});

t.test('a renewal that a logout-all overtakes does not bring the session back', async (t) => {
  const id = parseUserId('raced');
  const old = await session(id);
  await deps.users.update(id, (known) => {
    let user = { ...known, longestCookieSeconds: 900 };
    for (let i = 0; i < 100; i++) {
      user = withNextStart(user, nowEpoch()) ?? user;
      user = withRevokedStart(user, user.lastStart, nowEpoch());
    }
    return settled(user, nowEpoch());
  });
  // Between the renewal's look at the session and its write.
  const { update } = deps.users;
  deps.users.update = async (userId, change) => {
    deps.users.update = update;
    await update(id, (known) => withSessionsRevoked(known, nowEpoch()));
    return update(userId, change);
  };
  t.equal((await refresh(old.headers)).status, 401);
  t.equal((await show(old.headers)).status, 401);
});

t.test('a logout whose record cannot be written is 503, and the next one revokes', async (t) => {
  const id = parseUserId('unwritten');
  const { headers, start } = await session(id);
  const leave = () =>
    fetch(`${origin}/auth/logout`, { method: 'POST', headers: { ...headers, accept: 'application/json' } });
  const { update } = deps.users;
  deps.users.update = async () => {
    deps.users.update = update;
    throw new GatewayError('store_unavailable');
  };
  t.equal((await leave()).status, 503);
  t.equal((await leave()).status, 200);
  t.same(
    (await deps.users.read(id)).revokedStarts.map(({ number }) => number),
    [start],
  );
});

t.test("a logout of the provider's session that arrives before its login has been stored", async (t) => {
  const sid = 'session-of-the-provider';
  await deps.sessions.endProviderSession(providerSessionKey(provider.issuer, sid), nowEpoch() + 600);
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

t.test('an id by a claim: the provider can still end all sessions of a subject', async (t) => {
  const byClaim = await startService(t, provider.issuer, { USER_ID_CLAIM: 'employee' });
  const { answer, jar } = await attemptLogin(byClaim, provider, {
    subject: 'mapped',
    claims: { employee: 'E-7' },
  });
  t.equal(answer.status, 302);
  const logout = async (subject: string, issuedAtEpoch: number) => {
    const body = new URLSearchParams({ logout_token: await provider.logoutToken(subject, issuedAtEpoch) });
    return (await fetch(`${byClaim.origin}/auth/backchannel-logout`, { method: 'POST', body })).status;
  };
  const shown = () => send(jar, `${byClaim.origin}/auth/session`);
  t.equal((await shown()).status, 200);
  t.equal(await logout('mapped', nowEpoch()), 200);
  t.equal((await shown()).status, 401);
});

t.test('an id by a claim: a logout of the subject that overtakes the first login', async (t) => {
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
    t.same(await login(iat), { code: 'login_expired', status: 400, hasSession: false }, `${iat}`);
  }
  t.match(await login(issuedAtEpoch + 1), { status: 302, hasSession: true }, 'a younger ID token');
});

t.test('a store that is down is 503 with Retry-After, and never a logout', async (t) => {
  const { headers } = await session(parseUserId('down'));
  await store.close();
  for (const answer of [await show(headers), await refresh(headers)]) {
    t.equal(answer.status, 503);
    t.equal((await parseJson<{ code: string }>(answer)).code, 'store_unavailable');
    t.ok(Number(answer.headers.get('retry-after')) > 0);
    t.same(answer.headers.getSetCookie(), [], 'no cookie goes');
  }
});
