import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { CLOCKS_APART_SECONDS, IDLE_LIFETIME_SECONDS } from '../../../../core/time-bounds.ts';
import { deriveUserId } from '../../../../core/user-id.ts';
import { TIME_LIMITS } from '../../../../services/auth/settings/time-limits.ts';
import { CookieJar, parseJson, send } from '../../../support/client.ts';
import { shortened } from '../../../support/shortened.ts';
import { type Misbehavior, startMisbehavingProvider } from '../support/misbehaving-provider.ts';
import { seedSession } from '../support/seed-session.ts';
import {
  attemptLogin,
  beginLogin,
  callback,
  type Service,
  startService,
  startStore,
} from '../support/service.ts';

await startStore(t);
const provider = await startMisbehavingProvider(t);
const service = await startService(t, provider.issuer, {}, false, shortened(1));
const { deps, origin, stores } = service;

const signIn = async (subject: string) => (await attemptLogin(service, provider, { subject })).jar;
const ask = (jar: CookieJar, path: string, headers: Record<string, string> = {}, method = 'POST') =>
  send(jar, origin + path, { method, headers: { origin, accept: 'application/json', ...headers } });
const status = async (jar: CookieJar) => (await ask(jar, '/auth/session', {}, 'GET')).status;
const codeOf = async (answer: Response) => (await parseJson<{ code: string }>(answer)).code;
const backchannel = async (token: string) => {
  const answer = await send(new CookieJar(), `${origin}/auth/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
  });
  return answer.status === 200 ? 200 : [answer.status, await codeOf(answer)];
};
const nowEpoch = () => Math.floor(Date.now() / 1_000);

t.test(
  'a sign-in costs no call of the edge where the cookies of the former session have ended',
  async (t) => {
    const { now } = deps.clock;
    const { write } = stores.edge;
    let writes = 0;
    stores.edge.write = (...given) => {
      writes++;
      return write(...given);
    };
    const callsAfter = async (idleSeconds: number) => {
      const jar = await signIn(`idle for ${idleSeconds}`);
      deps.clock.now = () => now() + idleSeconds * 1_000;
      writes = 0;
      await attemptLogin(service, provider, { subject: `idle for ${idleSeconds}` }, { jar });
      deps.clock.now = now;
      return writes;
    };
    t.equal(await callsAfter(IDLE_LIFETIME_SECONDS + CLOCKS_APART_SECONDS - 60), 1, 'over by this clock');
    t.equal(await callsAfter(IDLE_LIFETIME_SECONDS + CLOCKS_APART_SECONDS), 0, 'over by every clock');
    stores.edge.write = write;
  },
);

t.test('if the last step of a sign-in fails, nobody is half signed in', async (t) => {
  const { folderCookies } = deps;
  deps.folderCookies = {
    ...folderCookies,
    issue: async () => {
      throw new GatewayError('signing_unavailable');
    },
  };
  const { answer, code, jar } = await attemptLogin(service, provider, { subject: 'unsigned' });
  deps.folderCookies = folderCookies;
  t.strictSame([answer.status, code], [503, 'signing_unavailable']);
  t.notOk(jar.get('__Host-session'));
});

t.test(
  'a sign-in that ends the oldest of too many sessions is answered once the edge was told',
  async (t) => {
    const limits = { ...TIME_LIMITS, edgeMs: 60_000, answerMs: 60_000 };
    const patient = await startService(t, provider.issuer, {}, false, limits);
    const { edge, users } = patient.stores;
    const userId = deriveUserId(provider.issuer, 'many');
    for (let count = 0; count < 100; count++) await seedSession(users, userId);
    provider.is({ subject: 'many' });
    const { jar, callbackUrl } = await beginLogin(patient);
    const { write } = edge;
    const [asked, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    edge.write = async (...given) => {
      asked.resolve();
      await open.promise;
      return write(...given);
    };
    const signedIn = callback(jar, callbackUrl).then(() => 'answered');
    await asked.promise;
    const other = signIn('another').then(() => 'waits');
    t.equal(await Promise.race([signedIn, other]), 'waits');
    edge.write = write;
    open.resolve();
    t.equal(await signedIn, 'answered');
    const listed = await send(jar, `${patient.origin}/api/sessions`);
    t.equal((await parseJson<{ sessions: object[] }>(listed)).sessions.length, 100);
  },
);

t.test('a page that shows another account signs nobody out, of one session or of all', async (t) => {
  const jar = await signIn('shown');
  const { user } = await parseJson<{ user: { id: string } }>(await ask(jar, '/auth/session', {}, 'GET'));
  for (const shown of ['bob', `${user.id}, bob`]) {
    for (const path of ['/auth/logout', '/auth/logout-all', '/auth/refresh']) {
      const answer = await ask(jar, path, { 'gateway-user': shown });
      t.strictSame([answer.status, await codeOf(answer)], [409, 'account_changed'], `${path} for ${shown}`);
      t.strictSame(answer.headers.getSetCookie(), [], path);
    }
  }
  t.equal(await status(jar), 200);
  t.equal((await ask(jar, '/auth/logout-all', { 'gateway-user': user.id })).status, 200);
  t.equal(await status(jar), 401);
});

t.test('a sign-out that fails leaves the cookies, so that it can be tried again', async (t) => {
  const jar = await signIn('tries-again');
  const { read } = stores.users;
  stores.users.read = () => Promise.reject(new GatewayError('store_unavailable'));
  const answer = await ask(jar, '/auth/logout');
  stores.users.read = read;
  t.strictSame([answer.status, answer.headers.getSetCookie()], [503, []]);
  t.equal((await ask(jar, '/auth/logout')).status, 200);
});

t.test('a logout that the edge does not confirm says `pending`', async (t) => {
  const jar = await signIn('pending');
  const { write } = stores.edge;
  stores.edge.write = async () => {
    throw new Error('the KeyValueStore does not answer');
  };
  const answer = await ask(jar, '/auth/logout');
  t.equal(answer.headers.get('server-timing'), null, 'it has not ended yet');
  const body = await parseJson<{ edge: string }>(answer);
  stores.edge.write = write;
  t.equal(body.edge, 'pending');
  t.equal(await status(jar), 401);
});

t.test('a provider may send a token again after a failure, until the token was accepted', async (t) => {
  const jar = await signIn('retried');
  const token = await provider.logoutToken('retried', nowEpoch());
  const { write } = stores.users;
  stores.users.write = async () => {
    stores.users.write = write;
    throw new GatewayError('store_unavailable');
  };
  const uses = t.capture(deps.once, 'useOnce', deps.once.useOnce);
  t.strictSame(await backchannel(token), [503, 'store_unavailable']);
  t.equal(await status(jar), 200);
  t.equal(await backchannel(token), 200);
  t.equal(await status(jar), 401);
  t.strictSame(await backchannel(token), [400, 'logout_token_invalid'], 'a replay');
  // The ten minutes, the skew, and two clocks that differ by two minutes.
  const clocksSeconds = 600 + 60 + 120;
  for (const { args } of uses()) t.ok(args[1] > nowEpoch() + clocksSeconds, 'longer than any clock takes it');
});

t.test("a user's own sessions: one is the current one, and each can be ended", async (t) => {
  const own = await signIn('lists');
  const { jar: other, callbackUrl } = await beginLogin(service);
  await callback(other, callbackUrl, { 'user-agent': 'a'.repeat(201) });
  interface Listed {
    sessions: { id: string; current: boolean; userAgent?: string }[];
  }
  const list = async () => (await parseJson<Listed>(await ask(own, '/api/sessions', {}, 'GET'))).sessions;
  const [newest, oldest] = await list();
  t.strictSame([newest?.current, oldest?.current], [false, true], 'the newest first');
  t.equal(newest?.userAgent, 'a'.repeat(200));
  const end = (id = '') => ask(own, `/api/sessions/${id}`, {}, 'DELETE');
  const ended = await end(newest?.id);
  t.strictSame([ended.status, ended.headers.getSetCookie()], [204, []]);
  t.strictSame([await status(own), await status(other)], [200, 401]);
  const again = await end(newest?.id);
  t.strictSame([again.status, await codeOf(again)], [404, 'no_such_session']);
  const last = await end(oldest?.id);
  t.equal(last.status, 204);
  t.notOk(own.get('__Host-session'), 'its own cookie goes');
});

/** Signs out up to the provider's end-session endpoint. */
async function leave({ origin }: Service, jar: CookieJar): Promise<URL> {
  const headers = { origin, accept: 'application/json' };
  const answer = await send(jar, `${origin}/auth/logout`, { method: 'POST', headers });
  const { redirect_to: to } = await parseJson<{ redirect_to: string }>(answer);
  const onward = await send(jar, origin + to);
  t.match(onward.headers.getSetCookie(), [/^__Host-logout=.*; Max-Age=600;/], 'ten minutes to come back');
  return new URL(onward.headers.get('location') ?? '');
}

t.test('without a state only a browser that left for the provider may come back, once', async (t) => {
  const cognito = await startService(t, provider.issuer, { OIDC_LOGOUT_STYLE: 'cognito' });
  const { jar } = await attemptLogin(cognito, provider, { subject: 'pool' });
  const url = await leave(cognito, jar);
  const back = `${cognito.origin}/auth/signed-out`;
  t.strictSame(
    [...url.searchParams],
    [
      ['client_id', 'gateway'],
      ['logout_uri', back],
    ],
  );
  const answer = await send(jar, back);
  t.strictSame([answer.status, answer.headers.get('location')], [302, '/']);
  const again = await send(jar, back);
  t.strictSame([again.status, await codeOf(again)], [400, 'logout_state_invalid']);
});

t.test('the way back from the provider works once, with the state of this browser', async (t) => {
  const jar = await signIn('returns');
  const state = (await leave(service, jar)).searchParams.get('state') ?? '';
  const back = (query: string) => send(jar, `${origin}/auth/signed-out?${query}`);
  for (const query of ['state=', `state=${state}A`, `state=${state}&state=${state}`]) {
    const answer = await back(query);
    t.strictSame([answer.status, await codeOf(answer)], [400, 'logout_state_invalid'], query);
  }
  t.equal((await back(`state=${state}`)).headers.get('location'), '/');
  t.equal((await back(`state=${state}`)).status, 400);
});

t.test('the address that leads to the provider is good for a minute', async (t) => {
  const jar = await signIn('leaves-late');
  const { redirect_to: to } = await parseJson<{ redirect_to: string }>(await ask(jar, '/auth/logout'));
  const { now } = deps.clock;
  deps.clock.now = () => now() + 60_000;
  t.teardown(() => Object.assign(deps.clock, { now }));
  t.equal((await send(jar, origin + to)).headers.get('location'), '/');
});

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
type Claims = Record<string, unknown>;
/** Claims in seconds from the moment in which a token is made. */
const later = (seconds: Record<string, number>) => () =>
  Object.fromEntries(Object.entries(seconds).map(([claim, after]) => [claim, nowEpoch() + after]));
const tokenOf = (userId: string, [, claims, how]: LogoutToken) =>
  provider.logoutToken(userId, nowEpoch(), typeof claims === 'function' ? claims() : claims, how);

/** Back-Channel Logout 1.0, with the section of each rule. */
type LogoutToken = [what: string, claims: Claims | (() => Claims), how?: Misbehavior];
const ACCEPTED: LogoutToken[] = [
  ['2.4: a session alone', { sub: undefined, sid: 's' }],
  [
    '2.4: an event with members, and other events',
    { events: { 'http://example.com': null, [EVENT]: { a: 1 } } },
  ],
  ['2.4: its own type in full and in capitals', {}, { header: { typ: 'application/LOGOUT+JWT' } }],
  ['2.4: the type of any JWT', {}, { header: { typ: 'JWT' } }],
  ['2.6 (3): a list of one audience', { aud: ['gateway'] }],
  ['2.6 (3): this client is the authorized party', { aud: ['x', 'gateway'], azp: 'gateway' }],
  ['2.6 (3): ten minutes and the skew old', later({ iat: -640, exp: 9 })],
  ['2.6 (3): a clock a minute ahead', later({ iat: 50 })],
  ['2.6 (3): expired within the skew', later({ exp: -40 })],
];
const REFUSED: LogoutToken[] = [
  ['2.4: another event', { events: { 'http://example.com/event': {} } }],
  ...[undefined, null, [EVENT], [{ [EVENT]: {} }], { [EVENT]: null }, { [EVENT]: [] }, { [EVENT]: '{}' }].map(
    (events): LogoutToken => [`2.4: the events ${JSON.stringify(events)}`, { events }],
  ),
  ['2.4: a nonce', { nonce: 'n' }],
  ['2.4: a nonce that is null', { nonce: null }],
  ['2.4: nobody', { sub: undefined }],
  ['2.4: an empty subject beside a session', { sub: '', sid: 's' }],
  ['2.4: a subject that is a number', { sub: 1 }],
  ['2.4: a session that is null', { sid: null }],
  ['2.4: no name of its own', { jti: undefined }],
  ['2.4: an empty name', { jti: '' }],
  ['2.4: the type of an access token', {}, { header: { typ: 'at+jwt' } }],
  ['2.4: the type of another event', {}, { header: { typ: 'secevent+jwt' } }],
  ['2.6 (2): another key', {}, { signature: 'wrong key' }],
  ['2.6 (2): alg none', {}, { signature: 'none' }],
  ['2.6 (3): another issuer', { iss: `${provider.issuer}/` }],
  ['2.6 (3): no issuer', { iss: undefined }],
  ['2.6 (3): another audience', { aud: 'other' }],
  ['2.6 (3): no audience', { aud: undefined }],
  ['2.6 (3): more audiences and no authorized party', { aud: ['gateway', 'other'] }],
  ['2.6 (3): another authorized party', { azp: 'other' }],
  ['2.6 (3): no iat', { iat: undefined }],
  ['2.6 (3): an old one', later({ iat: -670, exp: 9 })],
  ['2.6 (3): from the future', later({ iat: 80 })],
  ['2.6 (3): no exp', { exp: undefined }],
  ['2.6 (3): expired', later({ exp: -70 })],
];

t.test('logout tokens that count, and those that end nothing', async (t) => {
  for (const token of ACCEPTED) t.equal(await backchannel(await tokenOf('nobody', token)), 200, token[0]);
  const jar = await signIn('kept');
  const refused = [400, 'logout_token_invalid'];
  for (const token of REFUSED)
    t.strictSame(await backchannel(await tokenOf('kept', token)), refused, token[0]);
  for (const text of ['x', 'a.b.c', 'A'.repeat(3_000)])
    t.strictSame(await backchannel(text), refused, `no JWT: ${text.slice(0, 9)}`);
  t.equal(await status(jar), 200);
});
