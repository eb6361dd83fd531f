import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import {
  ApiError,
  createGateway,
  type KeyValueStorage,
  type NativeOptions,
} from '../../../../services/web/client/native.ts';

const TEAM = 'a'.repeat(26);

interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

type Answer = [status: number, body?: object | string, headers?: Record<string, string>];

/** A host that keeps each request, and answers by the first part of `<method> <path>` that fits. */
async function startHost(t: Test, answers: Record<string, (asked: Asked) => Answer>) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { headers, method = '', url = '' } = request;
    const one = { method, url, headers, body: (await buffer(request)).toString() };
    asked.push(one);
    const [, answer] = Object.entries(answers).find(([start]) => `${method} ${url}`.startsWith(start)) ?? [];
    const [status, body = '', more = {}] = answer?.(one) ?? [404, { code: 'not_found' }];
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const length = { 'content-length': Buffer.byteLength(text), connection: 'close' };
    response.writeHead(status, { 'content-type': 'application/json', ...length, ...more }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return { origin, asked, urls: () => asked.map(({ method, url }) => `${method} ${url}`) };
}

/** An app host with one user, whose sessions have the secrets 1, 2 and so on. */
async function startApp(t: Test, more: Record<string, (asked: Asked) => Answer> = {}) {
  let sessions = 0;
  let renewals = 0;
  let ended = 0;
  const bearerOf = ({ headers }: Asked) =>
    Number(/^Bearer alice\.(\d+)$/.exec(headers.authorization ?? '')?.[1]);
  const signedIn = (answer: (asked: Asked) => Answer) => (asked: Asked) =>
    bearerOf(asked) > ended ? answer(asked) : ([401, { code: 'no_session' }] satisfies Answer);
  const files = await startHost(t, {
    'GET /users/alice/there.txt': ({ headers }) =>
      headers.cookie === `cookie=${renewals}` ? [200, 'hello', { etag: '"1"' }] : [403],
    'HEAD /teams': ({ headers }) => (headers.cookie === `cookie=${renewals}` ? [200] : [403]),
    'GET /users/alice/same.txt': ({ headers }) => [headers['if-none-match'] === '"1"' ? 304 : 200],
    'GET /users/alice/away': () => [302, '', { location: '/users/alice/there.txt' }],
  });
  const filesOf = (prefix: string) => ({
    origin: files.origin,
    prefix,
    cookie: `cookie=${renewals}`,
    query: `query=${renewals}`,
    expires_in: 900,
  });
  const app = await startHost(t, {
    ...more,
    'POST /auth/token': () => [
      200,
      {
        access_token: `alice.${++sessions}`,
        token_type: 'Bearer',
        expires_in: 1,
        files: filesOf('/users/alice/'),
      },
    ],
    'POST /auth/refresh': signedIn(({ url }) => {
      renewals++;
      return [200, { files: filesOf(url.includes('team=') ? `/teams/${TEAM}/` : '/users/alice/') }];
    }),
    'POST /auth/logout': signedIn(() => [200, { redirect_to: '/', edge: 'told' }]),
    'GET /auth/session': signedIn(() => [200, { user: { id: 'alice' } }]),
    'GET /api': signedIn(() => [200, { files: [], shares: [], teams: [] }]),
    ...more,
  });
  return {
    ...app,
    files,
    /** The edge takes only the next credential. */
    turn: () => renewals++,
    endSessions: () => {
      ended = sessions;
    },
  };
}

function gatewayOf(appOrigin: string, options: Partial<NativeOptions> = {}) {
  let tokens = 0;
  return createGateway({ appOrigin, token: () => `id-token-${++tokens}`, ...options });
}

t.test(
  'one ID token begins a session for all first requests, and only the app host gets the bearer',
  async (t) => {
    const app = await startApp(t);
    const gateway = gatewayOf(app.origin);
    t.strictSame(app.asked, [], 'nothing is sent before a method is called');
    await Promise.all([gateway.files.list(), gateway.shares.list(), gateway.session()]);
    const [exchange, ...others] = app.asked;
    t.strictSame(Object.fromEntries(new URLSearchParams(exchange?.body)), {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      subject_token: 'id-token-1',
    });
    t.notOk('authorization' in (exchange?.headers ?? {}));
    t.equal(others.length, 3);
    for (const { headers, url } of others) {
      t.match(headers, { authorization: 'Bearer alice.1', 'gateway-user': 'alice' }, url);
      t.notOk('origin' in headers || 'cookie' in headers, url);
    }
    t.equal(await (await gateway.files.download('there.txt')).text(), 'hello');
    const [download] = app.files.asked;
    t.equal(download?.headers.cookie, 'cookie=0', 'the exchange gave it');
    t.notOk('authorization' in (download?.headers ?? {}));
  },
);

t.test('a nonce goes along', async (t) => {
  const app = await startApp(t);
  await gatewayOf(app.origin, { token: async () => ({ idToken: 'a', nonce: 'n' }) }).session();
  t.match(app.asked[0]?.body, /&nonce=n$/);
});

t.test('a session that has ended begins anew, once for all', async (t) => {
  const app = await startApp(t);
  const gateway = gatewayOf(app.origin);
  await gateway.session();
  app.endSessions();
  await Promise.all([gateway.files.list(), gateway.files.list(), gateway.teams.list()]);
  t.equal(app.urls().filter((url) => url === 'POST /auth/token').length, 2);
  t.equal(app.asked.at(-1)?.headers.authorization, 'Bearer alice.2');

  const team = gateway.team(TEAM);
  await team.credential();
  app.endSessions();
  await gateway.files.list();
  const before = app.asked.length;
  await team.credential();
  t.strictSame(
    app.urls().slice(before),
    [`POST /auth/refresh?team=${TEAM}`],
    'its credentials have ended, too',
  );
});

t.test('an app host that takes no session is not asked for ever', async (t) => {
  const app = await startApp(t, { 'GET /api/files': () => [401, { code: 'no_session' }] });
  await t.rejects(gatewayOf(app.origin).files.list(), { name: 'ApiError', status: 401 });
  t.equal(app.urls().filter((url) => url === 'POST /auth/token').length, 2);
});

t.test('a token that is refused, and a token that does not come', async (t) => {
  const app = await startApp(t, {
    'POST /auth/token': () => [400, { code: 'invalid_request', detail: 'Too old.' }],
  });
  await t.rejects(gatewayOf(app.origin).session(), { code: 'invalid_request', message: 'Too old.' });
  const odd = await startApp(t, { 'POST /auth/token': () => [200, 'no JSON'] });
  await t.rejects(gatewayOf(odd.origin).session(), { name: 'ApiError', status: 0, code: 'network' });
  const token = () => Promise.reject(new Error('the person has gone'));
  await t.rejects(gatewayOf(app.origin, { token }).session(), { message: 'the person has gone' });
});

t.test('credentials are renewed after two thirds of their time, or when the edge refuses them', async (t) => {
  const app = await startApp(t);
  let nowMs = 1_000_000;
  t.intercept(Date, 'now', { value: () => nowMs, configurable: true });
  const gateway = gatewayOf(app.origin);
  const renewed = () => app.urls().filter((url) => url.startsWith('POST /auth/refresh'));
  t.match(await gateway.credential(), { query: 'query=0', prefix: '/users/alice/', expiresAtMs: 1_900_000 });
  nowMs += 599_000;
  t.match(await gateway.credential(), { query: 'query=0' });
  nowMs += 1_000;
  const both = await Promise.all([gateway.credential(), gateway.credential()]);
  t.match(both, [{ query: 'query=1' }, { query: 'query=1' }]);
  t.strictSame(renewed(), ['POST /auth/refresh']);
  app.turn();
  t.equal((await gateway.files.download('there.txt')).status, 200, 'the edge has another clock');
  t.equal(renewed().length, 2);
  const team = gateway.team(TEAM);
  t.match(await team.credential(), { prefix: `/teams/${TEAM}/` });
  t.equal((await team.files.download('a', { method: 'HEAD' })).status, 200);
  t.equal(renewed().at(-1), `POST /auth/refresh?team=${TEAM}`);
  t.equal(renewed().length, 3);
  await gateway.logout();
  await team.credential();
  t.equal(renewed().length, 4, 'whoever signs in next gets none of an earlier session');
});

t.test('nothing follows a redirect', async (t) => {
  const elsewhere = await startHost(t, {});
  const away = (): Answer => [307, '', { location: `${elsewhere.origin}/api/files` }];
  for (const start of ['POST /auth/token', 'GET /api/files', 'POST /auth/refresh']) {
    const app = await startApp(t, { [start]: away });
    const gateway = gatewayOf(app.origin);
    const asked: Promise<unknown> = start.endsWith('refresh')
      ? gateway.team(TEAM).credential()
      : gateway.files.list();
    await t.rejects(asked, { code: 'network' }, start);
  }
  const app = await startApp(t);
  await t.rejects(gatewayOf(app.origin).files.download('away'), { code: 'network' });
  t.strictSame(elsewhere.asked, []);
});

t.test('names that a URL would resolve, and ids that are none, ask nothing', async (t) => {
  const app = await startApp(t);
  const gateway = gatewayOf(app.origin);
  for (const name of ['../bob/a', 'a/../../bob/a', './a', 'a//b', '/a', '']) {
    await t.rejects(gateway.files.download(name), { status: 404, code: 'no_such_file' }, name);
  }
  await t.rejects(gateway.team('../x').files.list(), { code: 'no_such_team' });
  t.strictSame(app.files.asked, []);
  t.strictSame(
    app.urls().filter((url) => !url.startsWith('POST /auth/token')),
    [],
  );
  await t.rejects(gateway.files.download('none'), { code: 'no_such_file' });
  t.strictSame(app.files.urls(), ['GET /users/alice/none']);
  await gateway.files.download('?#% ä').catch(() => {});
  t.equal(app.files.urls().at(-1), 'GET /users/alice/%3F%23%25%20%C3%A4');
});

t.test('only https, and this machine', (t) => {
  for (const wrong of [
    'http://app.example.com',
    'https://app.example.com/',
    'https://a:b@c',
    ...['http://localhost.example.com', 'http://notlocalhost', 'http://127.0.0.1.example.com'],
    'ftp://localhost',
    'x',
  ]) {
    t.throws(() => gatewayOf(wrong), TypeError, wrong);
  }
  const locals = ['localhost', 'app.localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:3000`);
  for (const good of ['https://app.example.com', ...locals]) {
    t.doesNotThrow(() => gatewayOf(good), good);
  }
  t.end();
});

t.test('a storage keeps the session over a restart, until it ends', async (t) => {
  const app = await startApp(t);
  const kept = new Map<string, string>();
  const storage: KeyValueStorage = {
    getItem: async (key) => kept.get(key),
    setItem: (key, value) => kept.set(key, value),
    removeItem: async (key) => kept.delete(key),
  };
  await gatewayOf(app.origin, { storage }).session();
  t.ok(kept.size > 0);
  const again = gatewayOf(app.origin, { storage, token: () => Promise.reject(new Error('it needs none')) });
  await again.files.list();
  await again.logout();
  t.strictSame([...kept], []);
  t.equal(app.urls().at(-1), 'POST /auth/logout');
  const { length } = app.asked;
  await again.logout();
  await gatewayOf(app.origin, { storage }).logout();
  t.equal(app.asked.length, length, 'nobody is signed in');
  await gatewayOf(app.origin, { storage }).session();
  app.endSessions();
  await gatewayOf(app.origin, { storage }).logout();
  t.strictSame([...kept], [], 'it has ended already');
});

t.test('a large upload that was left goes on after a restart, and the storage then forgets it', async (t) => {
  const PART = 2 ** 24;
  const s3 = await startHost(t, { 'PUT /bucket': () => [200, '', { etag: '"1"' }] });
  let isDown = true;
  const app = await startApp(t, {
    'POST /api/uploads/u/parts': () => [200, { parts: [{ url: `${s3.origin}/bucket`, headers: {} }] }],
    'POST /api/uploads/u/complete': () =>
      isDown ? [409, { code: 'upload_incomplete' }] : [200, { name: 'a', url: '' }],
    'POST /api/uploads': () => [201, { upload: { id: 'u', partSize: PART } }],
    'GET /api/uploads/u': () => [
      200,
      {
        partSize: PART,
        parts: [
          { number: 1, size: PART },
          { number: 2, size: 1 },
        ],
      },
    ],
  });
  const kept = new Map<string, string>();
  const storage: KeyValueStorage = {
    getItem: (key) => kept.get(key),
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
  const upload = () =>
    gatewayOf(app.origin, { storage }).files.upload(
      new File([new Uint8Array(PART + 1)], 'a', { lastModified: 1 }),
    );
  await t.rejects(upload(), { code: 'upload_incomplete' });
  const { size } = kept;
  isDown = false;
  t.match(await upload(), { name: 'a' });
  t.equal(s3.asked.length, 2, 'no part is sent twice');
  t.equal(kept.size, size - 1);
});

t.test('a stopped request rejects with the reason of its signal', async (t) => {
  const app = await startApp(t);
  const gateway = gatewayOf(app.origin);
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await t.rejects(gateway.files.download('there.txt', { signal }), reason);
  await t.rejects(gateway.files.list({ signal }), reason);
});

t.test(
  'an upload: the bearer stays with the app host, and a lost answer is looked up with the cookie',
  async (t) => {
    const file = new File(['hello'], 'there.txt', { type: 'text/plain' });
    let puts = 0;
    const s3 = await startHost(t, { 'PUT /bucket': () => [++puts === 1 ? 500 : 412] });
    const app = await startApp(t, {
      'POST /api/uploads': () => [
        201,
        {
          name: 'there.txt',
          url: `${app.files.origin}/users/alice/there.txt`,
          upload: { method: 'PUT', url: `${s3.origin}/bucket`, headers: { 'if-none-match': '*' } },
        },
      ],
    });
    const progress: number[] = [];
    const stored = await gatewayOf(app.origin).files.upload(file, {
      onProgress: (part) => progress.push(part),
    });
    t.match(stored, { name: 'there.txt' });
    t.strictSame(progress, [], 'S3 has not said that it has the file');
    t.equal(s3.asked.length, 2);
    for (const { body, headers } of s3.asked) {
      t.match([body, headers['content-length'], headers['if-none-match']], ['hello', '5', '*']);
      t.notOk('authorization' in headers || 'cookie' in headers);
    }
    t.match(app.files.asked.at(-1), { method: 'GET', headers: { cookie: /^cookie=/ } });
  },
);

t.test('an app host cannot send the cookie to another host', async (t) => {
  const elsewhere = await startHost(t, { 'GET /': () => [200, 'hello'] });
  let puts = 0;
  const s3 = await startHost(t, { 'PUT /bucket': () => [++puts === 1 ? 500 : 412] });
  const app = await startApp(t, {
    'POST /api/uploads': () => [
      201,
      {
        name: 'a',
        url: `${elsewhere.origin}/users/alice/a`,
        upload: { url: `${s3.origin}/bucket`, headers: {} },
      },
    ],
  });
  await t.rejects(gatewayOf(app.origin).files.upload(new Blob(['hello']), { name: 'a' }), ApiError);
  t.strictSame(elsewhere.asked, []);
});
