import { createHash } from 'node:crypto';
import t from 'tap';
import {
  CookieJar,
  decodePolicy,
  type FileList,
  parseJson,
  png,
  send,
  sha256,
  signIn,
} from '../support/client.ts';
import { rawRequest } from '../support/raw-request.ts';
import { startTestStack } from '../support/test-stack.ts';

const stack = await startTestStack(t);
const alice = await signIn(stack, 'alice');
const bob = await signIn(stack, 'bob');
const bytes = png('of alice');
const upload = await alice.upload({ name: '写真.png', type: 'image/png', bytes });
const bobsUpload = await bob.upload({
  name: 'x',
  type: 'text/plain',
  bytes: new TextEncoder().encode("bob's secret"),
});

t.test('a file goes up by a signed PUT and comes back through the files host', async (t) => {
  t.equal(upload.status, 200);
  t.equal(upload.url, `${stack.filesOrigin}/users/${alice.id}/%E5%86%99%E7%9C%9F.png`);
  const response = await alice.request(upload.url);
  t.equal(response.status, 200);
  t.strictSame(new Uint8Array(await response.arrayBuffer()), bytes);
  t.equal(response.headers.get('content-type'), 'image/png');
  t.equal(response.headers.get('cache-control'), 'private, no-cache');
  t.equal(response.headers.get('cross-origin-resource-policy'), 'same-site');
  t.equal(response.headers.get('x-content-type-options'), 'nosniff');
  t.match(
    response.headers.get('content-security-policy') ?? '',
    /^default-src 'none'; frame-ancestors http:\/\/localhost:\d+; sandbox$/,
  );
});

t.test('the list names it, with a URL that browsers may keep as long as the cookies live', async (t) => {
  const response = await alice.request(`${stack.appOrigin}/api/files`);
  const { files, cursor } = await parseJson<FileList>(response);
  const md5 = createHash('md5').update(bytes).digest('hex');
  t.equal(files.length, 1);
  t.match(files[0], {
    ...{ name: '写真.png', size: bytes.length, type: 'image/png', etag: md5, url: `${upload.url}?v=${md5}` },
  });
  t.equal(cursor, undefined);
  const listed = await alice.request(files[0]?.url ?? '');
  t.equal(listed.headers.get('cache-control'), 'private, max-age=900, immutable');
  const again = await alice.request(files[0]?.url ?? '', { headers: { 'if-none-match': `"${md5}"` } });
  t.equal(again.status, 304);
});

t.test('pages of the list follow one another in the order of S3', async (t) => {
  const carol = await signIn(stack, 'carol');
  for (const name of ['b.txt', 'a.txt', 'dir/c.txt']) {
    await carol.upload({ name, type: 'text/plain', bytes: new TextEncoder().encode(name) });
  }
  const first = await parseJson<FileList>(await carol.request(`${stack.appOrigin}/api/files?limit=2`));
  t.strictSame(
    first.files.map((file) => file.name),
    ['a.txt', 'b.txt'],
  );
  const second = await parseJson<FileList>(
    await carol.request(`${stack.appOrigin}/api/files?limit=2&cursor=${first.cursor}`),
  );
  t.strictSame(
    second.files.map((file) => file.name),
    ['dir/c.txt'],
  );
  t.equal(second.cursor, undefined);
  const folder = await parseJson<FileList>(await carol.request(`${stack.appOrigin}/api/files?prefix=dir/`));
  t.strictSame(
    folder.files.map((file) => file.name),
    ['dir/c.txt'],
  );
  const elsewhere = await parseJson<FileList>(
    await carol.request(`${stack.appOrigin}/api/files?prefix=../${alice.id}/`),
  );
  t.strictSame(elsewhere.files, []);
  const cursor = Buffer.from(`../${alice.id}/`).toString('base64url');
  const hostile = await (await carol.request(`${stack.appOrigin}/api/files?cursor=${cursor}`)).json();
  t.notMatch(JSON.stringify(hostile), alice.id);
});

t.test('nobody else gets a byte', async (t) => {
  const nobody = await fetch(upload.url);
  t.equal(nobody.status, 403);
  t.match(await nobody.text(), /<Code>MissingKey<\/Code>/);
  // Browsers do not send bob's cookies to alice's folder. A person who copies the cookies can.
  const stolen = await fetch(upload.url, { headers: { cookie: bob.jar.header(`/users/${bob.id}/`) } });
  t.equal(stolen.status, 403);
  t.match(await stolen.text(), /<Code>AccessDenied<\/Code>/);
  const bucket = await fetch(`${stack.s3Origin}/gateway-files/users/${alice.id}/%E5%86%99%E7%9C%9F.png`);
  t.equal(bucket.status, 403);
});

t.test("no spelling of a path leads out of the user's own folder", async (t) => {
  t.equal((await bob.request(bobsUpload.url)).status, 200, 'it is there');
  const cookie = alice.jar.header(`/users/${alice.id}/`);
  for (const way of [
    `../${bob.id}/x`,
    `%2e%2e/${bob.id}/x`,
    `.%2E/${bob.id}/x`,
    `..%2f${bob.id}%2fx`,
    `..%5c${bob.id}%5cx`,
    `..\\${bob.id}\\x`,
    `..;/${bob.id}/x`,
    `/../${bob.id}/x`,
    `a/../../${bob.id}/x`,
    `%252e%252e/${bob.id}/x`,
    `%c0%ae%c0%ae/${bob.id}/x`,
    `../../users/${bob.id}/x`,
    `..%00/${bob.id}/x`,
  ]) {
    const response = await rawRequest(stack.filesOrigin, `/users/${alice.id}/${way}`, { cookie });
    // Decoded once, `%252e` is the name `%2e%2e` in her own folder.
    t.equal(response.status, way.startsWith('%252e') ? 404 : 400, way);
    t.notMatch(response.body.toString(), "bob's secret", way);
  }
  for (const [target, status] of [
    [`/users/${bob.id}/x`, 403],
    [`//users/${bob.id}/x`, 403],
    [`/users//${bob.id}/x`, 403],
    [`/users/${alice.id}/../${bob.id}/x?v=1`, 400],
    [`http://localhost/users/${bob.id}/x`, 421],
  ] as const) {
    const response = await rawRequest(stack.filesOrigin, target, { cookie });
    t.equal(response.status, status, target);
    t.notMatch(response.body.toString(), "bob's secret", target);
  }
});

t.test('the cookies are those of the contract', async (t) => {
  const lines = alice.callback.headers.getSetCookie().filter((line) => line.startsWith('CloudFront-'));
  t.strictSame(lines.map((line) => line.split('=')[0]).toSorted(), [
    'CloudFront-Hash-Algorithm',
    'CloudFront-Key-Pair-Id',
    'CloudFront-Policy',
    'CloudFront-Signature',
  ]);
  for (const line of lines) {
    t.strictSame(
      line.split('; ').slice(1).toSorted(),
      ['HttpOnly', `Path=/users/${alice.id}/`, 'SameSite=Lax', 'Secure'],
      line,
    );
  }
  const session = alice.callback.headers.getSetCookie().find((line) => line.startsWith('__Host-session='));
  t.strictSame(session?.split('; ').slice(1).toSorted(), [
    'HttpOnly',
    'Max-Age=43200',
    'Path=/',
    'SameSite=Lax',
    'Secure',
  ]);

  const policy = decodePolicy(alice.jar.get('CloudFront-Policy') ?? '');
  const now = Math.floor(Date.now() / 1000);
  t.match(policy, {
    Statement: [
      {
        Resource: `${stack.filesOrigin}/users/${alice.id}/*`,
        Condition: {
          DateLessThan: { 'AWS:EpochTime': Number },
          DateGreaterThan: { 'AWS:EpochTime': Number },
        },
      },
    ],
  });
  const { Statement } = policy as { Statement: { Condition: Record<string, { 'AWS:EpochTime': number }> }[] };
  t.equal(Statement.length, 1);
  const end = Statement[0]?.Condition['DateLessThan']?.['AWS:EpochTime'] ?? 0;
  const start = Statement[0]?.Condition['DateGreaterThan']?.['AWS:EpochTime'] ?? 0;
  t.ok(Number.isInteger(end) && end > now && end <= now + 900);
  t.ok(Number.isInteger(start) && start < now - 60);
});

t.test('two logins of one user have different session starts', async (t) => {
  const startOf = (jar: CookieJar) =>
    /GreaterThan.*/.exec(JSON.stringify(decodePolicy(jar.get('CloudFront-Policy') ?? '')))?.[0] ?? '';
  const again = await signIn(stack, 'alice');
  t.equal(again.id, alice.id);
  t.not(startOf(again.jar), startOf(alice.jar));
});

t.test('a renewal gives fresh cookies and the same body as the session', async (t) => {
  const session = await parseJson<object>(await alice.request(`${stack.appOrigin}/auth/session`));
  const refreshed = await alice.post('/auth/refresh', { background: true });
  t.equal(refreshed.status, 200);
  const body = await parseJson<object>(refreshed);
  t.strictSame(Object.keys(body).toSorted(), Object.keys(session).toSorted());
  t.match(body, {
    user: { id: alice.id, name: 'alice' },
    files: { origin: stack.filesOrigin, prefix: `/users/${alice.id}/` },
  });
  t.equal((await alice.request(upload.url)).status, 200);
  t.equal((await alice.post('/auth/refresh')).status, 200, 'the same without a body');
});

t.test('a request that changes something must come from the page', async (t) => {
  for (const origin of [undefined, 'null', 'http://localhost:1', `${stack.appOrigin}.evil.example`]) {
    const response = await alice.request(`${stack.appOrigin}/auth/refresh`, {
      method: 'POST',
      headers: origin ? { origin } : {},
    });
    t.equal(response.status, 403, String(origin));
    t.match(await response.json(), { code: 'cross_origin' }, `${origin}`);
  }
  const other = await alice.request(`${stack.appOrigin}/auth/logout`, {
    method: 'POST',
    headers: { origin: stack.appOrigin, 'gateway-user': bob.id },
  });
  t.equal(other.status, 409);
  t.match(await other.json(), { code: 'account_changed' });
});

t.test('uploads are refused before S3 is asked', async (t) => {
  const ask = async (body: unknown) => {
    const response = await alice.post('/api/uploads', body);
    return [response.status, (await parseJson<{ code?: string }>(response)).code];
  };
  const file = { name: 'a.png', type: 'image/png', size: 1, sha256: sha256(Uint8Array.of(1)) };
  for (const type of ['image/png; x=y', 'image/PNG', 'image', 'image/', '/png', ' image/png', '', '*/*']) {
    t.strictSame(await ask({ ...file, type }), [415, 'type_not_allowed'], type);
  }
  t.strictSame(await ask({ ...file, size: 2 ** 40 }), [413, 'file_too_large']);
  t.strictSame(await ask({ ...file, name: '../a.png' }), [422, 'invalid_name']);
  for (const size of [-1, 1.5, null, true, '1']) {
    t.strictSame(await ask({ ...file, size }), [400, 'bad_request'], String(size));
  }
  t.strictSame(await ask({ ...file, more: 1 }), [400, 'bad_request']);
  for (const sha256 of ['x', file.sha256.toUpperCase(), `${file.sha256}0`, null]) {
    t.strictSame(await ask({ ...file, sha256 }), [400, 'bad_request'], String(sha256));
  }
  const { sha256: _, ...unhashed } = file;
  t.strictSame(await ask(unhashed), [400, 'bad_request'], 'without a hash');
  t.strictSame(await ask({ ...unhashed, name: '..' }), [400, 'bad_request'], 'the form before the name');
  t.strictSame(
    await ask({ ...file, name: '..', type: 'x' }),
    [422, 'invalid_name'],
    'the name before the state',
  );
  t.strictSame(await ask({ ...file, size: 2 ** 40, type: 'x' }), [413, 'file_too_large'], '413 before 415');
});

t.test(
  "a session of nobody is 401, and a renewal then clears that user's cookies in the browser",
  async (t) => {
    const jar = new CookieJar();
    t.equal((await send(jar, `${stack.appOrigin}/auth/session`)).status, 401);
    t.equal((await send(jar, `${stack.appOrigin}/api/files`)).status, 401);
    const forged = await fetch(`${stack.appOrigin}/auth/refresh`, {
      method: 'POST',
      headers: { origin: stack.appOrigin, cookie: `__Host-session=${alice.id}.${'A'.repeat(43)}` },
    });
    t.equal(forged.status, 401);
    t.match(
      forged.headers.getSetCookie().join('\n'),
      new RegExp(`CloudFront-Policy=; .*Path=/users/${alice.id}/`),
    );
  },
);

t.test('somebody else who signs in in this browser finds nothing of the former user', async (t) => {
  const jar = new CookieJar();
  const dave = await signIn(stack, 'dave', jar);
  t.ok(jar.header(`/users/${dave.id}/`).includes('CloudFront-Policy'));
  for (const name of ['_session', '_interaction', '_session.sig', '_interaction.sig'])
    jar.store(new Response(null, { headers: { 'set-cookie': `${name}=; path=/; max-age=0` } }));
  const erin = await signIn(stack, 'erin', jar);
  t.not(erin.id, dave.id);
  t.notMatch(jar.header(`/users/${dave.id}/`), 'CloudFront-Policy');
  t.match(jar.header(`/users/${erin.id}/`), 'CloudFront-Policy');
});

t.test('sign-out ends the session, clears the cookies, and leads to the provider once', async (t) => {
  const frank = await signIn(stack, 'frank');
  const { url } = await frank.upload({ name: 'f.png', type: 'image/png', bytes });
  const before = frank.jar.header('/');
  const logout = await frank.post('/auth/logout');
  t.equal(logout.status, 200);
  const { redirect_to: target } = await parseJson<{ redirect_to: string }>(logout);
  t.match(target, /^\/auth\/end-session\?ticket=[\w-]{22}\.[\w-]{43}$/);
  t.notOk(frank.jar.names().some((name) => name.startsWith('CloudFront-') || name.startsWith('__Host-')));
  t.equal((await frank.request(`${stack.appOrigin}/auth/session`)).status, 401);
  t.equal((await frank.request(url)).status, 403);
  t.equal(
    (await fetch(`${stack.appOrigin}/auth/session`, { headers: { cookie: before } })).status,
    401,
    'the old cookie is dead',
  );
  const onward = await frank.request(stack.appOrigin + target);
  t.match(onward.headers.get('location') ?? '', /^http:\/\/localhost:\d+\/session\/end\?.*id_token_hint=/);
  t.equal(
    (await frank.request(stack.appOrigin + target)).headers.get('location'),
    '/',
    'a second time it leads to the start page',
  );
});

t.test('a plain form signs out as well', async (t) => {
  const grace = await signIn(stack, 'grace');
  const response = await grace.request(`${stack.appOrigin}/auth/logout`, {
    method: 'POST',
    headers: { origin: stack.appOrigin, 'content-type': 'application/x-www-form-urlencoded' },
    body: '',
  });
  t.equal(response.status, 303);
  t.match(response.headers.get('location'), /^\/auth\/end-session\?ticket=/);
  t.equal((await grace.request(`${stack.appOrigin}/auth/session`)).status, 401);
});

t.test('a 304 confines a file no more than its 200 did', async (t) => {
  const pdf = await alice.upload({
    name: 'a.pdf',
    type: 'application/pdf',
    bytes: new TextEncoder().encode('%PDF-1.4'),
  });
  const shown = await alice.request(pdf.url);
  t.notMatch(shown.headers.get('content-security-policy') ?? '', 'sandbox');
  const unchanged = await alice.request(pdf.url, {
    headers: { 'if-none-match': shown.headers.get('etag') ?? '' },
  });
  t.equal(unchanged.status, 304);
  t.notMatch(unchanged.headers.get('content-security-policy') ?? '', 'sandbox');
  t.equal(unchanged.headers.get('content-type'), null);
});

t.test('hostile requests of strangers stop nothing', async (t) => {
  const names = Array.from({ length: 7 }, (_, index) => `__Host-login-a b${index}=x`).join('; ');
  t.equal(
    (await fetch(`${stack.appOrigin}/auth/login`, { headers: { cookie: names }, redirect: 'manual' })).status,
    302,
  );
  t.equal((await alice.request(upload.url)).status, 200);
});

t.test('the log holds no cookie, code, state or key', async (t) => {
  const log = (await stack.settledLog()).join('\n');
  t.match(log, '/auth/callback');
  for (const secret of [
    alice.jar.get('__Host-session'),
    alice.jar.get('CloudFront-Signature'),
    stack.state.secrets.oidcClientSecret,
    'code=',
    'state=',
    'PRIVATE KEY',
    'ticket=',
  ]) {
    t.ok(secret && !log.includes(secret), `${secret}`);
  }
});

t.test('a foreign host name is refused in words', async (t) => {
  const { port } = new URL(stack.appOrigin);
  const response = await rawRequest(`http://127.0.0.1:${port}`, '/', { accept: 'text/html' });
  t.equal(response.status, 421);
  t.match(response.body.toString(), stack.appOrigin);
  const files = await rawRequest(`http://127.0.0.1:${new URL(stack.filesOrigin).port}`, '/users/a/b');
  t.equal(files.status, 421);
  t.match(files.body.toString(), stack.filesOrigin);
});
