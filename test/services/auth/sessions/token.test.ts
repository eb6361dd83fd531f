import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { LOGGER } from '../../../../services/auth/wiring/logger.ts';
import { exchange, postToken, withBearer } from '../../../support/bearer.ts';
import { decodePolicy, parseJson, send } from '../../../support/client.ts';
import { type Misbehavior, startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { attemptLogin, type Service, startService, startStore } from '../support/service.ts';

const NATIVE = { NATIVE_CLIENT_IDS: 'native,other-native' };
await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer, NATIVE);
const { origin } = service;

type Token = Parameters<typeof provider.nativeToken>[0];

/** An access token of a new session. */
const begin = async (token: Token = {}, at: Pick<Service, 'origin'> = service) =>
  (await exchange(at.origin, await provider.nativeToken(token))).access_token;

/** The status, and the code of a refusal. No answer may set a cookie. */
async function outcome(answering: Promise<Response>): Promise<[number, string?]> {
  const answer = await answering;
  if (answer.headers.getSetCookie().length > 0) return [answer.status, 'it sets a cookie'];
  if (answer.status < 400) return [answer.status];
  const { code, error } = await parseJson<{ code: string; error?: string }>(answer);
  return [answer.status, code === 'invalid_request' ? `${error}` : code];
}

const post = (token: string, path: string, init: RequestInit = {}) =>
  withBearer(token, origin + path, { method: 'POST', ...init });
const session = (token: string) => withBearer(token, `${origin}/auth/session`);

const seconds = () => Math.floor(Date.now() / 1_000);
const REFUSED = [400, 'invalid_request'];

/** Stops the service's clock until the end of a test. */
function stopClock(t: Test): void {
  const { clock } = service.deps;
  const { now } = clock;
  const atMs = now();
  Object.assign(clock, { now: () => atMs });
  t.teardown(() => Object.assign(clock, { now }));
}

t.test('an ID token becomes a session, with credentials for its folder and without a cookie', async (t) => {
  stopClock(t);
  const idToken = await provider.nativeToken({ claims: { name: 'Alice', email: 'a@example.com' } });
  const answer = await postToken(origin, idToken, {}, { 'user-agent': 'tv/1' });
  t.equal(answer.status, 200);
  t.strictSame(answer.headers.getSetCookie(), []);
  t.equal(answer.headers.get('cache-control'), 'no-store');
  t.equal(answer.headers.get('access-control-allow-origin'), null);
  const body = await parseJson<Awaited<ReturnType<typeof exchange>>>(answer);
  const id = body.access_token.split('.')[0] ?? '';
  t.match(body, {
    token_type: 'Bearer',
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    expires_in: 43_200,
    files: { origin: 'http://localhost:1', prefix: `/users/${id}/`, expires_in: 900 },
  });
  const { cookie, query } = body.files;
  t.match(
    cookie,
    /^CloudFront-Policy=\S+; CloudFront-Signature=\S+; CloudFront-Key-Pair-Id=KTEST; CloudFront-Hash-Algorithm=SHA256$/,
  );
  t.equal(query, cookie.replaceAll('CloudFront-', '').replaceAll('; ', '&'), 'the same in an address');
  t.match(decodePolicy(new URLSearchParams(query).get('Policy') ?? ''), {
    Statement: [{ Resource: `http://localhost:1/users/${id}/*` }],
  });
  const shown = await parseJson(await session(body.access_token));
  t.match(shown, { user: { id, name: 'Alice', email: 'a@example.com' } });
  const { user } = await service.stores.users.read(parseUserId(id));
  t.notMatch(JSON.stringify(user), body.access_token.split('.')[1] ?? '', 'the record has its hash');
  t.match(user.sessions.at(-1), { userAgent: 'tv/1' });
  t.notOk('recheck' in (user.sessions.at(-1) ?? {}), 'the provider is not asked again');
  t.equal(await service.stores.tokens.read(user.sessions.at(-1)?.id ?? ''), undefined, 'no token is kept');
});

t.test('an ID token that does not count begins nothing', async (t) => {
  const good: [what: string, claims: object, header?: object][] = [
    ['the second client', { aud: 'other-native' }],
    ['its own authorized party', { azp: 'native' }],
    ['the type of any JWT', {}, { typ: 'JWT' }],
    ['five minutes and the skew old', { iat: seconds() - 340 }],
    ['a clock a minute ahead', { iat: seconds() + 50 }],
    ['expired within the skew', { exp: seconds() - 40 }],
  ];
  for (const [what, claims, header = {}] of good)
    t.strictSame(
      await outcome(postToken(origin, await provider.nativeToken({ claims: { ...claims }, header }))),
      [200],
      what,
    );
  const before = await userOf('mallory');
  const bad: [what: string, token: Misbehavior][] = [
    ['the client of the browsers', { claims: { aud: 'gateway' } }],
    ['two clients', { claims: { aud: ['native', 'other-native'] } }],
    ['a list of one client', { claims: { aud: ['native'] } }],
    ['a part of a name', { claims: { aud: 'nat' } }],
    ['no audience', { claims: { aud: undefined } }],
    ['another authorized party', { claims: { azp: 'other-native' } }],
    ['no text as the authorized party', { claims: { azp: null } }],
    ['another issuer', { claims: { iss: `${provider.issuer}/` } }],
    ['no issuer', { claims: { iss: undefined } }],
    ['too old', { claims: { iat: seconds() - 370 } }],
    ['from the future', { claims: { iat: seconds() + 80 } }],
    ['no time of issue', { claims: { iat: undefined } }],
    ['expired', { claims: { exp: seconds() - 70 } }],
    ['no end', { claims: { exp: undefined } }],
    ['not valid yet', { claims: { nbf: seconds() + 80 } }],
    ['the nonce of a browser sign-in', { claims: { nonce: 'n' } }],
    ['a nonce that is null', { claims: { nonce: null } }],
    ['no subject', { claims: { sub: undefined } }],
    ['a subject that is a number', { claims: { sub: 7 } }],
    ['the type of an access token (RFC 9068)', { header: { typ: 'at+jwt' } }],
    ['the type of a logout token', { header: { typ: 'logout+jwt' } }],
    ['a logout token without its type', { claims: { events: {} } }],
    ['an access token without its type', { claims: { client_id: 'native' } }],
    ['an access token of Okta or Entra ID', { claims: { scp: 'openid' } }],
    ['an access token of Keycloak', { claims: { typ: 'Bearer' } }],
    ['an access token of Cognito', { claims: { token_use: 'access' } }],
    ['the signature of another key', { signature: 'wrong key' }],
    ['no signature', { signature: 'cut' }],
    ['alg none', { signature: 'none' }],
    ['HS256 with the public key', { signature: 'HS256 with the public key' }],
  ];
  for (const [what, token] of bad) {
    const idToken = await provider.nativeToken({ subject: 'mallory', ...token });
    t.strictSame(await outcome(postToken(origin, idToken)), REFUSED, what);
  }
  for (const text of ['x', 'a.b.c', 'A'.repeat(3_000)])
    t.strictSame(await outcome(postToken(origin, text)), REFUSED, `no JWT: ${text.slice(0, 9)}`);
  const withNonce = await provider.nativeToken({ claims: { nonce: 'n' } });
  for (const nonce of ['N', ''])
    t.strictSame(await outcome(postToken(origin, withNonce, { nonce })), REFUSED, `the nonce "${nonce}"`);
  t.strictSame(await outcome(postToken(origin, withNonce, { nonce: 'n' })), [200], 'a refusal used nothing');
  t.strictSame(await outcome(postToken(origin, await provider.nativeToken(), { nonce: 'n' })), REFUSED);
  t.strictSame(await userOf('mallory'), before);
  const none = await startService(t, provider.issuer);
  t.strictSame(
    await outcome(postToken(none.origin, await provider.nativeToken())),
    REFUSED,
    'no native clients',
  );
  t.strictSame(await outcome(postToken(origin, await provider.nativeToken({ subject: 'é' }))), [
    403,
    'user_id_unusable',
  ]);
});

async function userOf(subject: string) {
  const id = parseUserId((await begin({ subject })).split('.')[0] ?? '');
  return (await service.stores.users.read(id)).user.sessions.length > 0;
}

t.test('a browser that signs in gives no ID token that counts', async (t) => {
  const { jar } = await attemptLogin(service, provider);
  const { user } = await parseJson<{ user: { id: string } }>(await send(jar, `${origin}/auth/session`));
  const { sessions } = (await service.stores.users.read(parseUserId(user.id))).user;
  const sealed = await service.stores.tokens.read(sessions.at(-1)?.id ?? '');
  const opened = await service.deps.sealer.open(sealed ?? '');
  const idToken = typeof opened === 'object' && opened && 'idToken' in opened ? String(opened.idToken) : '';
  t.match(idToken, /^ey/);
  t.strictSame(await outcome(postToken(origin, idToken)), REFUSED);
});

/** Another signature that also verifies. */
function malleated(token: string): string {
  const [signed, signature = ''] = [token.slice(0, token.lastIndexOf('.') + 1), token.split('.')[2]];
  const bytes = Buffer.from(signature, 'base64url');
  if (bytes.length === 64) {
    // ECDSA: n - s is as good as s.
    const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const s = n - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
    const other = Buffer.concat([
      bytes.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
    ]);
    return signed + other.toString('base64url');
  }
  // The last character has bits that no byte holds.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1];
}

t.test('an ID token is used once: again, with another signature, and at the same time', async (t) => {
  for (const alg of ['RS256', 'ES256'] as const) {
    provider.rotate(alg);
    const first = await provider.nativeToken();
    const other = malleated(first);
    t.not(other, first, alg);
    t.equal((await postToken(origin, other)).status, 200, `${alg}: the other signature verifies`);
    t.strictSame(await outcome(postToken(origin, other)), REFUSED, `${alg}: again`);
    t.strictSame(await outcome(postToken(origin, first)), REFUSED, `${alg}: as the provider signed it`);
  }
  const uses = t.capture(service.deps.once, 'useOnce', service.deps.once.useOnce);
  const idToken = await provider.nativeToken();
  const answers = await Promise.all(Array.from({ length: 8 }, () => postToken(origin, idToken)));
  t.strictSame(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, ...Array.from({ length: 7 }, () => 400)],
  );
  // The five minutes, the skew, and two clocks that differ by two minutes.
  const clocksSeconds = 300 + 60 + 120;
  for (const { args } of uses()) t.ok(args[1] > seconds() + clocksSeconds, 'longer than any clock takes it');
});

t.test('the form of the request', async (t) => {
  const token = await provider.nativeToken();
  for (const name of ['grant_type', 'subject_token', 'subject_token_type']) {
    t.strictSame(await outcome(postToken(origin, token, { [name]: undefined })), REFUSED, `no ${name}`);
    t.strictSame(await outcome(postToken(origin, token, { [name]: 'other' })), REFUSED, `another ${name}`);
  }
  const body = new URLSearchParams(await new Response(formOf(token)).text());
  const asked = (changed: string | URLSearchParams, headers: Record<string, string> = {}, query = '') =>
    outcome(fetch(`${origin}/auth/token${query}`, { method: 'POST', body: changed, headers }));
  for (const [name, value] of body) {
    const twice = new URLSearchParams([...body, [name, value]]);
    t.strictSame(await asked(twice), REFUSED, `${name} twice`);
  }
  const json = JSON.stringify(Object.fromEntries(body));
  t.strictSame(await asked(json, { 'content-type': 'application/json' }), REFUSED, 'JSON');
  t.strictSame(await asked('{', { 'content-type': 'application/json' }), REFUSED, 'what cannot be read');
  t.strictSame(await asked('', {}, `?${body}`), REFUSED, 'in the query');
  t.strictSame(await asked(body), [200], 'none of these has used it');
});

function formOf(idToken: string): string {
  return new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: idToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    nonce: '',
  })
    .toString()
    .replace('&nonce=', '');
}

t.test('a request with an Origin is refused, whatever it is', async (t) => {
  const token = await begin();
  for (const from of [origin, 'null', 'https://evil.example', '']) {
    const headers = { origin: from };
    const crossOrigin = from === '' ? 'an empty Origin' : from;
    const idToken = await provider.nativeToken();
    t.strictSame(await outcome(postToken(origin, idToken, {}, headers)), [403, 'cross_origin'], crossOrigin);
    for (const [method, path] of [
      ['GET', '/auth/session'],
      ['GET', '/api/sessions'],
      ['POST', '/auth/refresh'],
      ['POST', '/auth/logout'],
      ['DELETE', '/api/sessions/x'],
    ] as const) {
      const sent = outcome(withBearer(token, origin + path, { method, headers }));
      t.strictSame(await sent, [403, 'cross_origin'], `${method} ${path} ${crossOrigin}`);
    }
  }
  t.strictSame(await outcome(session(token)), [200], 'the session goes on');
});

t.test('an access token beside a session cookie is refused', async (t) => {
  const token = await begin();
  const { jar } = await attemptLogin(service, provider);
  const own = `__Host-session=${jar.get('__Host-session')}`;
  for (const cookie of [own, `a=b; ${own}`, '__Host-session=', `__Host-session=${token}`]) {
    for (const [method, path] of [
      ['GET', '/auth/session'],
      ['POST', '/auth/refresh'],
      ['POST', '/auth/logout'],
      ['GET', '/api/sessions'],
      ['DELETE', '/api/sessions/x'],
    ] as const) {
      for (const bearer of [token, '', 'x']) {
        const sent = withBearer(bearer, origin + path, { method, headers: { cookie } });
        t.strictSame(await outcome(sent), [400, 'ambiguous'], `${method} ${path} ${bearer.length}`);
      }
    }
  }
  t.strictSame(await outcome(session(token)), [200], 'this session goes on');
  t.equal((await send(jar, `${origin}/auth/session`)).status, 200, 'and the other one');
  const headers = { cookie: 'a=b', authorization: `bEARER   ${token}` };
  t.equal((await fetch(`${origin}/auth/session`, { headers })).status, 200, 'other cookies do not matter');
});

t.test('an access token counts in its header alone, and a cookie as a cookie alone', async (t) => {
  const token = await begin();
  const { jar } = await attemptLogin(service, provider);
  const ofCookie = jar.get('__Host-session') ?? '';
  const none = [401, 'no_session'];
  t.strictSame(await outcome(session(ofCookie)), none, "a cookie's value as an access token");
  const cookie = `__Host-session=${token}`;
  const asCookie = fetch(`${origin}/auth/session`, { headers: { cookie } });
  t.strictSame(await outcome(asCookie), none, 'an access token as a cookie');
  for (const query of [`access_token=${token}`, `authorization=Bearer%20${token}`]) {
    t.strictSame(await outcome(fetch(`${origin}/auth/session?${query}`)), none, query.slice(0, 12));
    t.strictSame(await outcome(fetch(`${origin}/api/sessions?${query}`)), none, query.slice(0, 12));
  }
  for (const authorization of [
    `Bearer ${token}x`,
    `Bearer ${token}, Bearer ${token}`,
    `Bearer "${token}"`,
    'Bearer',
    `Bearer ${token.replace('.', '. ')}`,
    `Basic ${token}`,
    token,
  ]) {
    const sent = fetch(`${origin}/auth/session`, { headers: { authorization } });
    t.strictSame(await outcome(sent), none, authorization.replaceAll(token, '…'));
  }
  for (const scheme of ['Bearer-Token', 'Not-Bearer']) {
    const headers = { authorization: `${scheme} ${token}`, cookie: `__Host-session=${ofCookie}` };
    const sent = fetch(`${origin}/auth/session`, { headers });
    t.strictSame(await outcome(sent), [200], `${scheme} is another scheme, and the cookie counts`);
  }
});

t.test('no answer to an access token gives a browser anything', async (t) => {
  const token = await begin();
  const id = token.split('.')[0] ?? '';
  // A browser would be cleared of these.
  const cookie = `__Host-files-${id}=1; __Host-cookie-window=${id}.1.2; __Host-link-x=y`;
  const headers = { cookie };
  t.strictSame(await outcome(post(token, '/auth/refresh', { headers })), [200]);
  t.strictSame(await outcome(post(`${token}x`, '/auth/refresh', { headers })), [401, 'no_session']);
  t.strictSame(await outcome(post(token, `/auth/refresh?team=${id}`, { headers })), [404, 'no_such_team']);
  const { sessions } = await parseJson<{ sessions: { id: string; current: boolean }[] }>(
    await withBearer(token, `${origin}/api/sessions`),
  );
  const own = sessions.find(({ current }) => current)?.id;
  const ended = withBearer(token, `${origin}/api/sessions/${own}`, { method: 'DELETE', headers });
  t.strictSame(await outcome(ended), [204]);
  t.strictSame(await outcome(post(token, '/auth/logout', { headers })), [200]);
  // The routes that take none do not count it.
  const other = await begin();
  for (const path of ['/auth/logout-all', '/auth/links/open', '/auth/shares/open'])
    t.not((await outcome(post(other, path)))[0], 200, path);
  t.strictSame(await outcome(session(other)), [200], 'nobody was signed out');
  t.equal((await fetch(`${origin}/auth/session`, { method: 'OPTIONS' })).status, 404, 'no CORS');
});

t.test('refresh answers with fresh credentials; logout ends the session at once', async (t) => {
  stopClock(t);
  const token = await begin();
  const refreshed = await parseJson<{ user: object; files: { cookie: string; query: string } }>(
    await post(token, '/auth/refresh', {
      body: '{"background":true}',
      headers: { 'content-type': 'application/json' },
    }),
  );
  const id = token.split('.')[0] ?? '';
  t.match(refreshed, {
    user: { id },
    files: {
      origin: 'http://localhost:1',
      prefix: `/users/${id}/`,
      expires_in: 900,
      cookie: /^CloudFront-/,
      query: /^Policy=/,
    },
    cookies: { expiresAt: String },
    session: { expiresAt: String },
  });
  const logout = await post(token, '/auth/logout');
  t.strictSame(await parseJson(logout), { redirect_to: '/', edge: 'told' }, 'no browser is to go on');
  t.strictSame(await outcome(session(token)), [401, 'no_session']);
  t.strictSame(await outcome(post(token, '/auth/refresh')), [401, 'no_session']);
});

t.test(
  'it is a session as any other: listed, ended one by one, ended with all, ended by the provider',
  async (t) => {
    const subject = 'carol';
    const { jar } = await attemptLogin(service, provider, { subject });
    const headers = { origin };
    const listed = async () =>
      (
        await parseJson<{ sessions: { id: string; current: boolean }[] }>(
          await send(jar, `${origin}/api/sessions`),
        )
      ).sessions;
    const end = async (token: string, how: () => Promise<unknown>) => {
      t.strictSame(await outcome(session(token)), [200]);
      await how();
      t.strictSame(await outcome(session(token)), [401, 'no_session']);
    };
    await end(await begin({ subject }), async () => {
      const [native, browser] = await listed();
      t.strictSame([native?.current, browser?.current], [false, true]);
      await send(jar, `${origin}/api/sessions/${native?.id}`, { method: 'DELETE', headers });
    });
    await end(await begin({ subject }), () =>
      send(jar, `${origin}/auth/logout-all`, { method: 'POST', headers }),
    );
    const logout = await provider.logoutToken(subject, seconds());
    const body = new URLSearchParams({ logout_token: logout });
    const before = await provider.nativeToken({ subject, claims: { iat: seconds() - 10 } });
    await end(await begin({ subject }), () =>
      fetch(`${origin}/auth/backchannel-logout`, { method: 'POST', body }),
    );
    t.strictSame(
      await outcome(postToken(origin, before)),
      [400, 'login_expired'],
      'issued before the logout',
    );
  },
);

t.test('who may sign in is asked of the ID token alone', async (t) => {
  provider.is({ userInfo: { email: 'a@example.com', email_verified: true, groups: ['staff'] } });
  t.teardown(() => provider.is({}));
  const byMail = await startService(t, provider.issuer, { ...NATIVE, ALLOWED_EMAIL_DOMAINS: 'example.com' });
  const byClaim = await startService(t, provider.issuer, { ...NATIVE, ALLOWED_CLAIM: 'groups=staff' });
  const ask = async (at: Service, claims: object) =>
    outcome(postToken(at.origin, await provider.nativeToken({ claims: { ...claims } })));
  t.strictSame(await ask(byMail, {}), REFUSED);
  t.strictSame(await ask(byMail, { email: 'a@example.com' }), REFUSED);
  t.strictSame(await ask(byMail, { email: 'a@other.com', email_verified: true }), [403, 'not_allowed']);
  t.strictSame(await ask(byMail, { email: 'a@example.com', email_verified: true }), [200]);
  t.strictSame(await ask(byClaim, {}), REFUSED);
  t.strictSame(await ask(byClaim, { groups: ['guests'] }), [403, 'not_allowed']);
  t.strictSame(await ask(byClaim, { groups: ['staff'] }), [200]);
  const named = await startService(t, provider.issuer, { ...NATIVE, USER_ID_CLAIM: 'employee' });
  t.strictSame(await ask(named, {}), [403, 'user_id_unusable']);
  t.strictSame(await ask(named, { employee: 'e1' }), [200]);
  t.strictSame(await ask(named, { employee: 'e1', sub: 'bob' }), [403, 'user_id_taken']);
});

t.test('a refused token is counted, and an accepted one is not', async (t) => {
  const limited = await startService(t, provider.issuer, { ...NATIVE, RATE_LIMIT_PER_MINUTE: '2' });
  for (let time = 0; time < 4; time++) await begin({ subject: `u${time}` }, limited);
  const bad = async () =>
    outcome(postToken(limited.origin, await provider.nativeToken({ signature: 'none' })));
  t.strictSame([await bad(), await bad()], [REFUSED, REFUSED]);
  const good = await provider.nativeToken();
  t.strictSame(await outcome(postToken(limited.origin, good)), [429, 'too_many_requests']);
});

t.test('by a wrong clock no token is judged', async (t) => {
  const wrong = await startService(t, provider.issuer, NATIVE);
  const now = wrong.deps.clock.now();
  wrong.deps.clockGuard.compare({ sentAtMs: now, receivedAtMs: now, dateMs: now + 600_000 });
  const idToken = await provider.nativeToken();
  t.strictSame(await outcome(postToken(wrong.origin, idToken)), [503, 'clock_wrong']);
  t.strictSame(await outcome(postToken(origin, idToken)), [200], 'it was not used');
});

t.test('no log line holds an ID token, an access token or a credential', async (t) => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const level = 'trace';
  const logged = await startService(t, provider.issuer, NATIVE, { ...LOGGER, level, stream });
  const idToken = await provider.nativeToken();
  const { access_token: token, files } = await exchange(logged.origin, idToken);
  const bad = await provider.nativeToken({ claims: { aud: 'gateway' } });
  await postToken(logged.origin, bad);
  await postToken(logged.origin, idToken);
  for (const path of ['/auth/session', '/auth/session?access_token=', '/api/nothing'])
    await withBearer(token, logged.origin + path + (path.endsWith('=') ? token : ''));
  await withBearer(token, `${logged.origin}/auth/logout`, { method: 'POST' });
  const log = lines.join('');
  t.match(log, '"operation":"token"');
  t.match(log, '"event":"login"');
  t.match(log, '"event":"login_refused"');
  const { Signature = 'none' } = Object.fromEntries(new URLSearchParams(files.query));
  const parts = [idToken, bad, token].flatMap((each) => each.split('.').slice(1));
  for (const secret of [...parts, Signature]) t.notOk(log.includes(secret), secret.slice(0, 8));
});

t.test('a team is opened as in a browser', async (t) => {
  const token = await begin({ subject: 'dora' });
  const made = await post(token, '/api/teams', {
    body: '{"name":"Choir"}',
    headers: { 'content-type': 'application/json' },
  });
  t.equal(made.status, 201);
  const { id } = await parseJson<{ id: string }>(made);
  const opened = await post(token, `/auth/refresh?team=${id}`);
  t.strictSame(opened.headers.getSetCookie(), []);
  const { files, team } = await parseJson<{ team: object; files: { prefix: string; query: string } }>(opened);
  t.strictSame(team, { id, role: 'manager' });
  t.equal(files.prefix, `/teams/${id}/`);
  t.match(decodePolicy(new URLSearchParams(files.query).get('Policy') ?? ''), {
    Statement: [{ Resource: `http://localhost:1/teams/${id}/*` }],
  });
});

t.test('a browser gets no credential that fits into an address', async (t) => {
  const { jar } = await attemptLogin(service, provider);
  const answers = [
    await send(jar, `${origin}/auth/session`),
    await send(jar, `${origin}/auth/refresh`, { method: 'POST', headers: { origin } }),
  ];
  for (const [index, answer] of answers.entries()) {
    t.equal(answer.status, 200, `row ${index}`);
    const { files } = await parseJson<{ files: object }>(answer);
    t.notOk('query' in files || 'cookie' in files, answer.url);
  }
});
