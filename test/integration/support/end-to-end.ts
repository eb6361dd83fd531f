import type { Test } from 'tap';
import { type FileList, parseJson, png, type SignedInUser, signIn } from '../../support/client.ts';
import { rawRequest } from '../../support/raw-request.ts';
import type { TestStack } from '../../support/test-stack.ts';

const NAMES = [
  '写真.png',
  "it's (1)!*.png",
  'a+b & c=d.png',
  '100%25.png',
  'dir/ä?#.png',
  '...',
  'A.png',
  'a.png',
];
const TEXT = new TextEncoder().encode('0123456789');

/** Follows a file from the page to the viewer, through every part of the system. */
export async function endToEndSuite(t: Test, stack: TestStack, bucketUrl: string): Promise<void> {
  const alice = await signIn(stack, 'alice');
  const bob = await signIn(stack, 'bob');
  const cookieOf = ({ jar, id }: SignedInUser) => jar.header(`/users/${id}/`);
  const listed = async (query = '') =>
    (await parseJson<FileList>(await alice.request(`${stack.appOrigin}/api/files${query}`))).files;

  await t.test('a file with any name comes back to its owner and to nobody else', async (t) => {
    for (const name of NAMES) {
      const bytes = png(name);
      const { status, url } = await alice.upload({ name, type: 'image/png', bytes });
      t.equal(status, 200, name);
      const response = await alice.request(url);
      t.equal(response.status, 200, name);
      t.strictSame(new Uint8Array(await response.arrayBuffer()), bytes, name);
      t.equal((await fetch(url)).status, 403, name);
      t.equal((await fetch(url, { headers: { cookie: cookieOf(bob) } })).status, 403, name);
      const past = url.replace(stack.filesOrigin, bucketUrl);
      t.equal((await fetch(past)).status, 403, `${name}, from the bucket`);
      t.equal(
        (await fetch(past, { headers: { cookie: cookieOf(alice) } })).status,
        403,
        `${name}, with cookies`,
      );
    }
  });

  await t.test('the list is in the order of S3, with versions that browsers may keep', async (t) => {
    const files = await listed();
    const inBytes = NAMES.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    t.strictSame(
      files.map(({ name }) => name),
      inBytes,
    );
    for (const { name, url, etag } of files) {
      const response = await alice.request(url);
      t.equal(response.status, 200, name);
      t.equal(response.headers.get('etag'), `"${etag}"`, name);
      t.equal(response.headers.get('cache-control'), 'private, max-age=900, immutable', name);
    }
    t.strictSame(
      (await listed('?prefix=dir/')).map(({ name }) => name),
      ['dir/ä?#.png'],
    );
    t.strictSame(await listed(`?prefix=../${bob.id}/`), []);
  });

  await t.test('no spelling leads to the file of another user', async (t) => {
    const { url } = await bob.upload({ name: 'x', type: 'text/plain', bytes: TEXT });
    t.equal((await bob.request(url)).status, 200, 'it is there');
    for (const way of ['../', '%2e%2e/', '..%2f', '..%5c', './/../', '%252e%252e/', 'dir/../../']) {
      // S3 decodes a path once, so `%252e%252e/` is part of a name in her own folder.
      const refusal = way === '%252e%252e/' ? 404 : 400;
      const target = `/users/${alice.id}/${way}${bob.id}/x`;
      const { status, body } = await rawRequest(stack.filesOrigin, target, { cookie: cookieOf(alice) });
      t.equal(status, refusal, way);
      t.notMatch(body.toString(), '0123456789', way);
    }
  });

  await t.test('ranges and HEAD, of an object that the edge has and of one that it lacks', async (t) => {
    for (const [name, isKept] of [
      ['kept.txt', true],
      ['new.txt', false],
    ] as const) {
      const { url } = await alice.upload({ name, type: 'text/plain', bytes: TEXT });
      // Another query is another object at the edge, so each question finds no copy there.
      let question = 0;
      const ask = async (headers: Record<string, string>, method = 'GET') => {
        const target = isKept ? url : `${url}?v=${question++}`;
        const response = await alice.request(target, { headers, method });
        return { status: response.status, headers: response.headers, body: await response.text() };
      };
      if (isKept) t.equal((await ask({})).body, '0123456789');
      for (const [range, part, place] of [
        ['bytes=2-4', '234', 'bytes 2-4/10'],
        ['bytes=7-', '789', 'bytes 7-9/10'],
        ['bytes=-1', '9', 'bytes 9-9/10'],
        ['bytes=5-99', '56789', 'bytes 5-9/10'],
      ] as const) {
        const { status, headers, body } = await ask({ range });
        t.strictSame([status, body, headers.get('content-range')], [206, part, place], `${name} ${range}`);
      }
      t.equal((await ask({ range: 'bytes=10-' })).status, 416, name);
      const head = await ask({}, 'HEAD');
      t.strictSame([head.status, head.body, head.headers.get('content-length')], [200, '', '10'], name);
    }
  });

  await t.test('conditions of a browser', async (t) => {
    const { url } = await alice.upload({ name: 'condition.txt', type: 'text/plain', bytes: TEXT });
    const { headers } = await alice.request(url);
    const etag = headers.get('etag') ?? '';
    const date = headers.get('last-modified') ?? '';
    const statusFor = async (condition: Record<string, string>) =>
      (await alice.request(url, { headers: condition })).status;
    t.equal(await statusFor({ 'if-none-match': etag }), 304);
    t.equal(await statusFor({ 'if-none-match': `"x", ${etag}` }), 304);
    t.equal(await statusFor({ 'if-none-match': '"x"' }), 200);
    t.equal(await statusFor({ 'if-modified-since': date }), 304);
    t.equal(await statusFor({ 'if-modified-since': new Date(0).toUTCString() }), 200);
    const replaced = new TextEncoder().encode('replaced');
    await alice.upload({ name: 'condition.txt', type: 'text/plain', bytes: replaced, replace: true });
    const version = (await listed()).find(({ name }) => name === 'condition.txt');
    t.not(`"${version?.etag}"`, etag);
    const fresh = await alice.request(version?.url ?? '', { headers: { 'if-none-match': etag } });
    t.strictSame([fresh.status, await fresh.text()], [200, 'replaced']);
  });

  await t.test('a file of no bytes, and one that is not there', async (t) => {
    const { status, url } = await alice.upload({
      name: 'empty.txt',
      type: 'text/plain',
      bytes: new Uint8Array(),
    });
    t.equal(status, 200);
    for (const method of ['GET', 'HEAD']) {
      const response = await alice.request(url, { method });
      t.strictSame([response.status, response.headers.get('content-length')], [200, '0'], method);
    }
    t.equal((await listed()).find(({ name }) => name === 'empty.txt')?.size, 0);
    const none = await alice.request(`${stack.filesOrigin}/users/${alice.id}/none.png`);
    t.equal(none.status, 404);
    t.match(await none.text(), '<Code>NoSuchKey</Code>');
  });

  await t.test('a share opens one version of one file, until the file is deleted', async (t) => {
    const share = async (name: string) =>
      (await parseJson<{ url: string }>(await alice.post('/api/shares', { name }))).url;
    for (const name of NAMES.slice(0, 4)) {
      const first = await share(name);
      const shared = await fetch(first);
      t.equal(shared.status, 200, name);
      t.strictSame(new Uint8Array(await shared.arrayBuffer()), png(name), name);
      await alice.upload({ name, type: 'image/png', bytes: png('replaced'), replace: true });
      const second = await share(name);
      t.equal((await fetch(second)).status, 200, `${name}, replaced`);
      t.equal((await alice.delete(`/api/files?name=${encodeURIComponent(name)}`)).status, 204, name);
      for (const url of [first, second]) t.equal((await fetch(url)).status, 403, `${name}, deleted`);
      t.notOk((await listed()).some((file) => file.name === name));
    }
  });

  await t.test('after a sign-out the cookies open nothing, wherever they were copied to', async (t) => {
    const [{ url } = { url: '' }] = await listed();
    const copied = { headers: { cookie: cookieOf(alice) } };
    t.equal((await fetch(url, copied)).status, 200);
    t.equal((await alice.post('/auth/logout')).status, 200);
    const refused = await fetch(url, copied);
    t.strictSame([refused.status, await refused.json()], [403, { code: 'revoked' }]);
  });
}
