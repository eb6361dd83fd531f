import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { type FileList, parseJson, png, type SignedInUser, signIn } from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

interface Share {
  id: number;
  url: string;
  page: string;
  expiresAt: string;
  warning?: string;
}

const stack = await startTestStack(t);
const { appOrigin, filesOrigin } = stack;
const bytes = png('for somebody else');
const put = (user: SignedInUser, name: string, content = bytes) =>
  user.upload({ name, type: 'image/png', bytes: content, replace: true });

async function share(user: SignedInUser, body: object): Promise<Share> {
  const answer = await user.post('/api/shares', body);
  if (answer.status !== 201) throw new Error(`share: ${answer.status} ${await answer.text()}`);
  return parseJson<Share>(answer);
}

/** The answer to a person without cookies: the status, and the code of a refusal. */
async function open(url: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  const answer = await fetch(url, { headers });
  const text = await answer.text();
  const code = /"code":"(\w+)"|<Code>(\w+)</.exec(text);
  return [answer.status, code?.[1] ?? code?.[2] ?? ''];
}

const listed = async (user: SignedInUser) =>
  (
    await parseJson<{ shares: { id: number; page: string; stale: boolean }[] }>(
      await user.request(`${appOrigin}/api/shares`),
    )
  ).shares;

t.test('a link opens the one file without cookies, until it is revoked', async (t) => {
  const user = await signIn(stack, 'alice');
  await put(user, '写真.png');
  const before = Date.now();
  const { id, url, page, expiresAt, warning } = await share(user, { name: '写真.png' });
  t.equal(warning, undefined);
  const lifetimeMs = new Date(expiresAt).getTime() - before;
  t.ok(lifetimeMs > 1_798_000 && lifetimeMs <= 1_801_000, 'the thirty minutes of the article');
  const answer = await fetch(url);
  t.equal(answer.status, 200);
  t.strictSame(new Uint8Array(await answer.arrayBuffer()), bytes);
  t.equal(answer.headers.get('cache-control'), 'private, no-cache');
  const part = await fetch(url, { headers: { range: 'bytes=0-3' } });
  t.equal(part.status, 206);
  t.strictSame(new Uint8Array(await part.arrayBuffer()), bytes.slice(0, 4));
  t.equal((await fetch(url, { method: 'HEAD' })).status, 200);

  const other = await share(user, { name: '写真.png', expiresIn: 60 });
  const shares = await listed(user);
  t.strictSame(shares, [
    { id, name: '写真.png', page, expiresAt, stale: false },
    { id: other.id, name: '写真.png', page: other.page, expiresAt: other.expiresAt, stale: false },
  ]);
  const bob = await signIn(stack, 'bob');
  t.strictSame(await listed(bob), []);
  t.equal((await bob.delete(`/api/shares/${id}`)).status, 404);
  t.equal((await open(url))[0], 200, 'nobody else can revoke it');
  t.equal((await user.delete(`/api/shares/${id}`)).status, 204);
  t.strictSame(await open(url), [403, 'revoked'], 'at once, on this machine');
  t.equal((await user.delete(`/api/shares/${id}`)).status, 204, 'after a lost answer');
  t.equal((await open(other.url))[0], 200);
  t.strictSame(await listed(user), shares.slice(1));
  const events = stack.logLines.map((line) => JSON.parse(line)).filter(({ audit }) => audit);
  t.strictSame(
    events
      .filter(({ event }) => event.startsWith('share'))
      .map(({ event, userId, share, file }) => [event, userId, share, file]),
    [
      ['share_created', user.id, id, '写真.png'],
      ['share_created', user.id, other.id, '写真.png'],
      ['share_deleted', user.id, id, undefined],
      ['share_deleted', user.id, id, undefined],
    ],
  );
});

/** The answer to the page of a share. Nobody is signed in. */
async function openPage(secret: string) {
  const answer = await fetch(`${appOrigin}/auth/shares/open`, {
    method: 'POST',
    headers: { origin: appOrigin, 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
  });
  const body = await parseJson<{ name?: string; url?: string; downloadUrl?: string; code?: string }>(answer);
  return { status: answer.status, ...body };
}

const secretOf = ({ page }: { page: string }) => page.slice(page.indexOf('#share=') + '#share='.length);

t.test('the page of a share tells of its file, until the share ends', async (t) => {
  const user = await signIn(stack, 'paula');
  await put(user, 'trips/海.png');
  const made = await share(user, { name: 'trips/海.png' });
  t.ok(made.page.startsWith(`${appOrigin}/#share=`), made.page);
  t.ok(made.page.length < 150, 'short enough to be sent in a message');
  const opened = await openPage(secretOf(made));
  t.match(opened, {
    ...{ status: 200, name: '海.png', size: bytes.length, type: 'image/png' },
    expiresAt: made.expiresAt,
  });
  t.strictSame(await open(opened.url ?? ''), [200, ''], 'for somebody without cookies');
  t.equal(new URL(opened.url ?? '').searchParams.get('share'), `${made.id}`);
  const saved = await fetch(opened.downloadUrl ?? '');
  t.match(saved.headers.get('content-disposition'), /^attachment;.*%E6%B5%B7\.png/);
  const over = { status: 410, code: 'link_over' };
  await put(user, 'trips/海.png', png('replaced'));
  t.match(await openPage(secretOf(made)), over, 'its file was replaced');
  const again = await share(user, { name: 'trips/海.png' });
  t.equal((await openPage(secretOf(again))).status, 200);
  await user.delete(`/api/shares/${again.id}`);
  t.match(await openPage(secretOf(again)), over, 'revoked');
});

t.test('the page of a share keeps to the addresses and the name that were given', async (t) => {
  const user = await signIn(stack, 'petra');
  await put(user, 'a.png');
  const made = await share(user, { name: 'a.png', ip: '192.0.2.0/24', download: 'b.png' });
  const { url = '' } = await openPage(secretOf(made));
  t.equal(
    new URL(url).search,
    new URL(made.url).search.replace(/Signature=[^&]*/, (own) => {
      const [signature = own] = /Signature=[^&]*/.exec(url) ?? [];
      return signature;
    }),
  );
  t.equal((await open(url))[0], 403, 'this address is not one of those');
});

t.test('a secret that was never made opens nothing', async (t) => {
  const [ann, bea] = [await signIn(stack, 'ann'), await signIn(stack, 'bea')];
  for (const user of [ann, bea]) await put(user, 'a.png');
  const [ofAnn, ofBea] = [await share(ann, { name: 'a.png' }), await share(bea, { name: 'a.png' })];
  const secret = secretOf(ofAnn);
  const [kind, id, number, end, mac = ''] = secret.split('.');
  const bad = [
    ...['', '.', 'user', secret.slice(0, -1), `${secret}a`, secret.toUpperCase(), ` ${secret}`],
    ...[`user.${bea.id}.${number}.${end}.${mac}`, `${kind}.${id}.${Number(number) + 1}.${end}.${mac}`],
    ...[`${kind}.${id}.${number}.${Number(end) + 1}.${mac}`, `team.${id}.${number}.${end}.${mac}`],
    `${kind}.${id}.${number}.${end}.${secretOf(ofBea).split('.').at(-1)}`,
    `${kind}.${id}.${number}.${end}.${'é'.repeat(mac.length)}`,
  ];
  for (const each of bad) t.match(await openPage(each), { status: 410, code: 'link_over' }, each);
  t.equal((await openPage(secret)).status, 200);
});

t.test('no signed part can be dropped, doubled or changed', async (t) => {
  const user = await signIn(stack, 'carol');
  await put(user, 'a.png');
  await put(user, 'b.png');
  const { id, url } = await share(user, { name: 'a.png', download: 'a.png' });
  const second = await share(user, { name: 'a.png' });
  t.equal((await open(url))[0], 200);
  await user.delete(`/api/shares/${id}`);
  for (const [from, to] of [
    [`&share=${id}`, ''],
    [`&share=${id}`, `&share=${second.id}`],
    [`&share=${id}`, `&share=${id}&share=${second.id}`],
    [`&share=${id}`, `&share=${second.id}&share=${id}`],
    [`&share=${id}`, `&%73hare=${id}`],
    [`&share=${id}`, `&SHARE=${id}`],
    [`&share=${id}`, `&share=0${id}`],
    ['&download=a.png', ''],
    ['&download=a.png', '&download=b.exe'],
    ['/a.png?', '/b.png?'],
    [/v=[^&]*&/, ''],
    ['&Policy=', '&Expires=9999999999&Policy='],
    ['&Policy=', '&Policy=x&Policy='],
  ] as const) {
    const changed = url.replace(from, to);
    t.not(changed, url, to);
    t.equal((await open(changed))[0], 403, `${from} ${to}`);
  }
  const cookie = user.jar.header(`/users/${user.id}/`);
  t.strictSame(await open(url, { cookie }), [403, 'revoked'], 'cookies do not make it good');
});

t.test('a replaced or deleted file: its links open neither old bytes nor new ones', async (t) => {
  const user = await signIn(stack, 'dave');
  await put(user, 'a.png');
  const first = await share(user, { name: 'a.png' });
  // By a signed PUT, of which the service does not learn.
  await put(user, 'a.png', png('other bytes'));
  const stale = await fetch(first.url);
  t.equal(stale.status, 410);
  t.equal(await stale.text(), '');
  t.equal(stale.headers.get('etag'), null);
  t.equal((await fetch(first.url, { headers: { range: 'bytes=0-3' } })).status, 410);

  const second = await share(user, { name: 'a.png' });
  t.equal((await open(second.url))[0], 200);
  const linksOf = async () => (await listed(user)).map(({ id, stale }) => [id, stale]);
  t.strictSame(await linksOf(), [
    [first.id, true],
    [second.id, false],
  ]);
  await put(user, 'keep.png');
  const kept = await share(user, { name: 'keep.png' });
  t.equal((await user.delete('/api/files?name=a.png')).status, 204);
  t.equal((await user.delete('/api/files?name=a.png')).status, 204, 'once more');
  for (const { url } of [first, second]) t.strictSame(await open(url), [403, 'revoked'], url);
  t.strictSame(await linksOf(), [[kept.id, false]]);
  t.equal((await open(kept.url))[0], 200);
  await put(user, 'a.png', png('other bytes'));
  t.strictSame(await open(second.url), [403, 'revoked'], 'the same bytes again');
  t.equal((await open((await share(user, { name: 'a.png' })).url))[0], 200, 'a new link to them');
  t.strictSame(
    stack.logLines
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'file_deleted')
      .map(({ audit, userId, file }) => [audit, userId, file]),
    [
      [true, user.id, 'a.png'],
      [true, user.id, 'a.png'],
    ],
  );
});

t.test('signing out everywhere ends all links; signing out here does not', async (t) => {
  const user = await signIn(stack, 'erin');
  await put(user, 'a.png');
  const { url } = await share(user, { name: 'a.png' });
  const again = await signIn(stack, 'erin');
  await user.post('/auth/logout');
  t.equal((await open(url))[0], 200);
  await again.post('/auth/logout-all');
  t.strictSame(await open(url), [403, 'revoked']);
  const back = await signIn(stack, 'erin');
  t.strictSame(await listed(back), []);
  t.equal((await open((await share(back, { name: 'a.png' })).url))[0], 200);
});

t.test('50 links at a time, even if some are revoked, or the last requests come at once', async (t) => {
  const user = await signIn(stack, 'frank');
  await put(user, 'a.png');
  const urls: string[] = [];
  for (let i = 0; i < 47; i++) {
    const { id, url } = await share(user, { name: 'a.png', expiresIn: 604_800 });
    urls.push(url);
    if (i % 8 === 1) await user.delete(`/api/shares/${id}`);
  }
  const statuses = await Promise.all(
    Array.from({ length: 6 }, async () => (await user.post('/api/shares', { name: 'a.png' })).status),
  );
  t.strictSame(statuses.toSorted(), [201, 201, 201, 409, 409, 409]);
  const refused = await user.post('/api/shares', { name: 'a.png' });
  t.match([refused.status, await refused.json()], [409, { code: 'too_many_shares' }]);
  for (const [i, url] of urls.entries()) t.equal((await open(url))[0], i % 8 === 1 ? 403 : 200, String(i));
});

t.test('a name that a policy would read as a wildcard opens its own file only', async (t) => {
  const user = await signIn(stack, 'grace');
  const names = ['*.png', 'a?c.png', 'ab*', 'x.png', 'abc.png', 'a+b & c=d#.png', '100%25.png', "it's.png"];
  for (const name of names) await put(user, name, png(name));
  for (const name of names) {
    const { url } = await share(user, { name, download: name });
    const resource = url.slice(0, url.indexOf('&Policy='));
    t.notMatch(resource, '*', name);
    t.equal(resource.split('?').length, 2, name);
    const answer = await fetch(url);
    t.equal(answer.status, 200, name);
    t.strictSame(new Uint8Array(await answer.arrayBuffer()), png(name), name);
    for (const other of names.filter((each) => each !== name)) {
      const path = `/users/${user.id}/${encodeURIComponent(other)}`;
      t.equal((await open(url.replace(new URL(url).pathname, path)))[0], 403, `${name} for ${other}`);
    }
  }
});

t.test('a download name, whatever it holds', async (t) => {
  const user = await signIn(stack, 'heidi');
  await put(user, 'a.png');
  for (const [download, header] of [
    ['b.png', `attachment; filename="b.png"; filename*=UTF-8''b.png`],
    ['a "b".png', `attachment; filename="a _b_.png"; filename*=UTF-8''a%20%22b%22.png`],
    ['写真*.png', `attachment; filename="_.png"; filename*=UTF-8''%E5%86%99%E7%9C%9F%2A.png`],
  ] as const) {
    const answer = await fetch((await share(user, { name: 'a.png', download })).url);
    t.equal(answer.headers.get('content-disposition'), header, download);
    t.match(answer.headers.get('content-security-policy'), 'sandbox', download);
  }
  for (const download of ['a\r\nX: y', '../a', '', '\u202egnp.exe'])
    t.equal((await user.post('/api/shares', { name: 'a.png', download })).status, 422, download);
  const { url } = await share(user, { name: 'a.png' });
  t.equal((await fetch(url)).headers.get('content-disposition'), null, 'shown in place without it');
  const own = await user.request(`${filesOrigin}/users/${user.id}/a.png?download=invoice.exe`);
  t.equal(own.status, 200);
  t.equal(own.headers.get('content-disposition'), null, "the user's own cookies ignore a download name");
});

/** One GET from one of this machine's addresses. */
async function openFrom(
  address: string,
  url: string,
  init: { method?: string; headers?: object; body?: string } = {},
) {
  const { port, host, pathname, search } = new URL(url);
  const { body = '', ...rest } = init;
  const sent = request({
    host: address,
    port,
    path: pathname + search,
    method: rest.method ?? 'GET',
    headers: { host, ...rest.headers },
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: Number(response.statusCode), text };
}

t.test('an address range: CloudFront refuses all other addresses', async (t) => {
  const user = await signIn(stack, 'ivan');
  await put(user, 'a.png');
  const here = await share(user, { name: 'a.png', ip: '127.0.0.1' });
  const near = await share(user, { name: 'a.png', ip: '127.255.1.1/8' });
  const elsewhere = await share(user, { name: 'a.png', ip: '192.0.2.0/24' });
  t.equal((await openFrom('127.0.0.1', here.url)).status, 200);
  t.equal((await openFrom('127.0.0.1', near.url)).status, 200);
  const refused = await openFrom('127.0.0.1', elsewhere.url);
  t.equal(refused.status, 403);
  t.match(refused.text, '<Code>AccessDenied</Code>');
  for (const ip of ['::1', '1.2.3.4/33', '*', ''])
    t.equal((await user.post('/api/shares', { name: 'a.png', ip })).status, 400, ip);
});

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((known) => known?.address === '::1');
t.test('a person on IPv6 is warned', { skip: hasIpv6 ? false : 'this machine has no ::1' }, async (t) => {
  const user = await signIn(stack, 'judy');
  await put(user, 'a.png');
  const ask = async (address: string, body: object) => {
    const { text } = await openFrom(address, `${appOrigin}/api/shares`, {
      method: 'POST',
      headers: { origin: appOrigin, cookie: user.jar.header('/'), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return JSON.parse(text);
  };
  const warned = await ask('::1', { name: 'a.png', ip: '127.0.0.1' });
  t.match(warned.warning, /IPv4 addresses only/);
  t.equal((await openFrom('::1', warned.url)).status, 403, 'the warning is right');
  t.equal((await openFrom('127.0.0.1', warned.url)).status, 200);
  t.equal((await ask('127.0.0.1', { name: 'a.png', ip: '127.0.0.1' })).warning, undefined);
  t.equal((await ask('::1', { name: 'a.png' })).warning, undefined);
});

t.test('refused: an invalid share, a missing file, a request from another page', async (t) => {
  const user = await signIn(stack, 'mallory');
  const ask = async (body: unknown) => {
    const answer = await user.post('/api/shares', body);
    return [answer.status, (await parseJson<{ code: string }>(answer)).code];
  };
  t.strictSame(await ask({ name: 'none.png' }), [404, 'not_found']);
  t.strictSame(await listed(user), [], 'nothing of it is left');
  t.strictSame(await ask({ name: '../x' }), [422, 'invalid_name']);
  t.strictSame(await ask({ name: 'a', expiresIn: 59 }), [400, 'bad_request']);
  t.strictSame(await ask({ name: 'a', expiresIn: 604_801 }), [400, 'bad_request']);
  t.strictSame(await ask({ name: 'a', expiresIn: 1_800.5 }), [400, 'bad_request']);
  t.strictSame(await ask({ name: 'a', more: 1 }), [400, 'bad_request']);
  const cross = { method: 'DELETE', headers: { origin: 'https://evil.example' } };
  for (const path of ['/api/files?name=a.png', '/api/shares/1'])
    t.equal((await user.request(appOrigin + path, cross)).status, 403, path);
  t.equal((await user.delete('/api/files?name=a&name=b')).status, 400);
  t.equal((await user.delete(`/api/files?name=${encodeURIComponent('../x')}`)).status, 422);
});

t.test('NFC and NFD name one file; any name in the list can be deleted', async (t) => {
  const user = await signIn(stack, 'niaj');
  const names = ['é.png', 'a+b.png', 'a b.png', '100%25.png', 'dir/x.png', '%2e%2e.png', 'ä&b=c.png'];
  for (const name of names) await put(user, name);
  t.equal((await fetch((await share(user, { name: 'e\u0301.png' })).url)).status, 200);
  t.equal((await user.delete(`/api/files?name=${encodeURIComponent('e\u0301.png')}`)).status, 204);
  const files = async () =>
    (await parseJson<FileList>(await user.request(`${appOrigin}/api/files`))).files.map(({ name }) => name);
  t.strictSame(await files(), names.slice(1).toSorted());
  for (const name of await files())
    t.equal((await user.delete(`/api/files?name=${encodeURIComponent(name)}`)).status, 204, name);
  t.strictSame(await files(), []);
});

t.test('a file of another tool is listed, opens, can be shared and deleted', async (t) => {
  const user = await signIn(stack, 'olivia');
  const { endpoint, ...credentials } = JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8'));
  const s3 = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  t.teardown(() => s3.destroy());
  const names = [
    'e\u0301.png',
    '\u00e9.png',
    'a+b.png',
    'a b.png',
    '%41.png',
    '100%.png',
    '*?.png',
    "it's&<x>.png",
  ];
  for (const Key of [...names, 'folder/', 'a//b', '../x', 'c\u0001.png'].map(
    (name) => `users/${user.id}/${name}`,
  ))
    await s3.send(
      new PutObjectCommand({ Bucket: 'gateway-files', Key, Body: Key, ContentType: 'image/png' }),
    );
  const list = async () => (await parseJson<FileList>(await user.request(`${appOrigin}/api/files`))).files;
  t.strictSame(
    (await list()).map(({ name }) => name).toSorted(),
    names.toSorted(),
    'except those that no URL opens',
  );
  for (const { name, url } of await list()) {
    const key = `users/${user.id}/${name}`;
    t.equal(await (await user.request(url)).text(), key, name);
    const link = await share(user, { name });
    t.equal(await (await fetch(link.url)).text(), key, `${name}, shared`);
    t.equal((await user.delete(`/api/files?name=${encodeURIComponent(name)}`)).status, 204, name);
    t.strictSame(await open(link.url), [403, 'revoked'], `${name}, deleted`);
    t.notOk(
      (await list()).some((file) => file.name === name),
      name,
    );
  }
});
