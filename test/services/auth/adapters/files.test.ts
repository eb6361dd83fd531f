import t from 'tap';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { createObjectStore } from '../../../../services/auth/adapters/files.ts';
import { createPutPresigner } from '../../../../services/auth/adapters/put-presigner.ts';
import { BUCKET, s3Client } from '../../local/support/local-s3.ts';

const UNAVAILABLE = { code: 'files_unavailable' };

let said: { status: number; body?: string; headers?: Record<string, string> } = { status: 500 };
const asked: { method?: string; path: string; condition?: unknown; type?: unknown }[] = [];
const server = await listenOnLoopback((request, response) => {
  const { method = '', url = '', headers } = request;
  asked.push({ method, path: url, condition: headers['if-none-match'], type: headers['content-type'] });
  response.writeHead(said.status, { 'content-type': 'application/xml', ...said.headers }).end(said.body);
}, 0);
t.teardown(() => server.close());
const s3 = s3Client(server.port);
t.teardown(() => s3.destroy());
const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: Date.now });
const objects = createObjectStore({ s3, bucketName: BUCKET, presigner });
const error = (code: string) => `<Error><Code>${code}</Code><Message>No.</Message></Error>`;

t.test('the mark of an empty folder is made once, and only S3 makes it', async (t) => {
  const mark = (answer: typeof said) => {
    said = answer;
    return objects.markFolder('users/abc/f/');
  };
  t.equal(await mark({ status: 200, headers: { etag: '"e"' } }), true);
  const { condition, type, path } = asked.at(-1) ?? {};
  t.match(
    { condition, type, path },
    { condition: '*', type: 'application/x-directory', path: '/users/abc/f/?' },
  );
  t.equal(await mark({ status: 412, body: error('PreconditionFailed') }), false);
  await t.rejects(mark({ status: 200 }), UNAVAILABLE, 'the answer of something else');
  await t.rejects(mark({ status: 403, body: error('AccessDenied') }), UNAVAILABLE);
});

t.test('a file is deleted if S3 says so', async (t) => {
  for (const [status, wanted] of [
    [204, 'resolves'],
    [200, 'rejects'],
    [403, 'rejects'],
  ] as const) {
    said = { status };
    await t[wanted](objects.delete('users/abc/a'), `${status}`);
  }
});

t.test('of many files, only what the answer names is deleted', async (t) => {
  const deleted =
    '<Deleted><Key>a</Key><DeleteMarkerVersionId>m</DeleteMarkerVersionId></Deleted><Deleted><Key>b</Key></Deleted>';
  const body = `<DeleteResult>${deleted}<Error><Key>c</Key><Code>AccessDenied</Code></Error></DeleteResult>`;
  said = { status: 200, body };
  t.strictSame(await objects.deleteMany(['a', 'b', 'c', 'd']), [
    { key: 'a', versionId: 'm' },
    { key: 'b' },
    { key: 'c', code: 'AccessDenied' },
    { key: 'd', code: 'no answer' },
  ]);
  said = { status: 200, body: '<DeleteResult/>' };
  t.strictSame(await objects.deleteMany(['a']), [{ key: 'a', code: 'no answer' }]);
  said = { status: 403, body: error('AccessDenied') };
  await t.rejects(objects.deleteMany(['a']), UNAVAILABLE);
});

t.test('a list is that of a bucket, and says whether more follow', async (t) => {
  const date = '2026-01-02T03:04:05.000Z';
  const file = (key: string) => `<Key>${key}</Key><LastModified>${date}</LastModified><ETag>"${key}"</ETag>`;
  const list = (contents: string, isTruncated = false) => {
    const page = `<Name>${BUCKET}</Name><IsTruncated>${isTruncated}</IsTruncated>${contents}`;
    said = { status: 200, body: `<ListBucketResult>${page}</ListBucketResult>` };
    return objects.list({ prefix: 'p', after: 'o', limit: 7 });
  };
  const [a, b] = ['a', 'b'].map((key) => ({ key, size: 5, etag: key, lastModified: new Date(date) }));
  const contents = ['a', 'b'].map((key) => `<Contents>${file(key)}<Size>5</Size></Contents>`).join('');
  t.strictSame(await list(contents), { files: [a, b], lastKey: undefined });
  t.match(
    new URL(`http://x${asked.at(-1)?.path}`).searchParams.toString(),
    /max-keys=7&prefix=p&start-after=o/,
  );
  t.strictSame(await list(contents, true), { files: [a, b], lastKey: 'b' });
  t.strictSame(await list(`<Contents>${file('a')}</Contents>`), {
    ...{ files: [{ ...a, size: 0 }], lastKey: undefined },
  });
  for (const missing of ['Key', 'ETag', 'LastModified']) {
    const cut = file('a').replace(new RegExp(`<${missing}>.*</${missing}>`), '');
    t.strictSame((await list(`<Contents>${cut}</Contents>`)).files, [], missing);
  }
  t.strictSame(await list(''), { files: [], lastKey: undefined });
  for (const body of ['<html/>', '<ListBucketResult/>']) {
    said = { status: 200, body };
    await t.rejects(objects.list({ prefix: 'p', limit: 1 }), UNAVAILABLE, body);
  }
});

t.test('a file is found by its key, which comes first among the keys that begin with it', async (t) => {
  const listed = (key: string) => {
    const contents = `<Contents><Key>${key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>"e"</ETag></Contents>`;
    said = { status: 200, body: `<ListBucketResult><Name>${BUCKET}</Name>${contents}</ListBucketResult>` };
  };
  listed('users/abc/a');
  t.match(await objects.find('users/abc/a'), { key: 'users/abc/a', etag: 'e' });
  t.match(asked.at(-1)?.path, /max-keys=1&prefix=users%2Fabc%2Fa$/);
  listed('users/abc/a2');
  t.equal(await objects.find('users/abc/a'), undefined);
});
