import t from 'tap';
import { GatewayError } from '../../../../../core/errors.ts';
import { CLOCKS_APART_SECONDS, IDLE_LIFETIME_SECONDS } from '../../../../../core/time-bounds.ts';
import { deriveUserId } from '../../../../../core/user-id.ts';
import { MAX_SESSIONS } from '../../../../../services/auth/domain/session.ts';
import { TIME_LIMITS } from '../../../../../services/auth/domain/time-limits.ts';
import { CookieJar, parseJson, send } from '../../../../support/client.ts';
import { shortened } from '../../../../support/shortened.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { seedSession } from '../../support/seed-session.ts';
import {
  attemptLogin,
  beginLogin,
  callback,
  type Service,
  startService,
  startStore,
} from '../../support/service.ts';

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
  const { cookieIssuer } = deps;
  deps.cookieIssuer = {
    ...cookieIssuer,
    issue: async () => {
      throw new GatewayError('signing_unavailable');
    },
  };
  const { answer, code, jar } = await attemptLogin(service, provider, { subject: 'unsigned' });
  deps.cookieIssuer = cookieIssuer;
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
    for (let count = 0; count < MAX_SESSIONS; count++) await seedSession(users, userId);
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
    t.ok(jar.get('__Host-session'));
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

t.test('logout ends one session, logout-all ends all', async (t) => {
  const [one, two, three] = [await signIn('several'), await signIn('several'), await signIn('several')];
  const answer = await ask(one, '/auth/logout');
  t.match(answer.headers.get('server-timing'), /^edge;dur=\d+$/, 'how long it took');
  t.match(await parseJson(answer), { edge: 'told' });
  t.strictSame([await status(one), await status(two), await status(three)], [401, 200, 200]);
  await ask(two, '/auth/logout-all');
  t.strictSame([await status(two), await status(three)], [401, 401]);
});

t.test('what cannot be ended in teams after the answer fails nothing else', async (t) => {
  const { sessions } = deps;
  const { endAll } = sessions;
  const failing: Promise<unknown>[] = [];
  sessions.endAll = async (...given) => {
    const endInTeams = () => {
      const ending = Promise.reject<never>(new GatewayError('store_unavailable'));
      failing.push(ending);
      return ending;
    };
    return { ...(await endAll(...given)), endInTeams };
  };
  const jar = await signIn('in-teams');
  t.equal((await ask(jar, '/auth/logout-all')).status, 200);
  sessions.endAll = endAll;
  t.equal((await Promise.allSettled(failing)).length, 1);
  t.equal(await status(jar), 401);
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
  const { once } = deps;
  const ends: number[] = [];
  const useOnce: typeof once.useOnce = (hash, expiresAtEpoch) => {
    ends.push(expiresAtEpoch);
    return once.useOnce(hash, expiresAtEpoch);
  };
  Object.assign(deps, { once: { useOnce } });
  t.strictSame(await backchannel(token), [503, 'store_unavailable']);
  t.equal(await status(jar), 200);
  t.equal(await backchannel(token), 200);
  t.equal(await status(jar), 401);
  t.strictSame(await backchannel(token), [400, 'logout_token_invalid'], 'a replay');
  deps.once = once;
  t.equal(ends.length, 2);
  // The ten minutes, the skew, and two clocks that differ by two minutes.
  for (const end of ends) t.ok(end > nowEpoch() + 600 + 60 + 120, 'longer than any clock takes the token');
});

t.test("a user's own sessions: one is the current one, and each can be ended", async (t) => {
  const [own, other] = [await signIn('lists'), await signIn('lists')];
  interface Listed {
    sessions: { id: string; current: boolean }[];
  }
  const list = async () => (await parseJson<Listed>(await ask(own, '/api/sessions', {}, 'GET'))).sessions;
  const [newest, oldest] = await list();
  t.strictSame([newest?.current, oldest?.current], [false, true], 'the newest first');
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

t.test('a ticket that is none is 400, without a look into the store', async (t) => {
  const { take } = stores.tokens;
  stores.tokens.take = async () => {
    throw new Error('the store was asked');
  };
  for (const ticket of ['A'.repeat(3_000), 'made-up', `${'A'.repeat(22)}.${'A'.repeat(43)}`, '']) {
    const answer = await send(new CookieJar(), `${origin}/auth/end-session?ticket=${ticket}`);
    t.strictSame([answer.status, await codeOf(answer)], [400, 'bad_request'], ticket.slice(0, 9));
  }
  stores.tokens.take = take;
  const answer = await send(new CookieJar(), `${origin}/auth/end-session`);
  t.strictSame([answer.status, answer.headers.get('location')], [302, '/'], 'no ticket');
});

t.test('invalid logout tokens end nothing', async (t) => {
  const jar = await signIn('kept');
  const bent: [string, Record<string, unknown>][] = [
    ['a nonce', { nonce: 'x' }],
    ['another event', { events: { 'http://example.com/event': {} } }],
    ['an old one', { iat: nowEpoch() - 3_600 }],
    ['for another client', { aud: 'other' }],
    ['of another provider', { iss: 'https://evil.example' }],
    ['for nobody', { sub: undefined }],
    ['no name of its own', { jti: undefined }],
    ['an empty name', { jti: '' }],
  ];
  for (const [what, claims] of bent) {
    const token = await provider.logoutToken('kept', nowEpoch(), claims);
    t.strictSame(await backchannel(token), [400, 'logout_token_invalid'], what);
  }
  t.equal(await status(jar), 200);
});
