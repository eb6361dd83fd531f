import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { createS3Signer } from '../../../../edge/local/origin/sigv4.ts';
import { createDataFiles, openRecords } from '../../../../services/local/s3/data-files.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import {
  BUCKET,
  Bucket,
  CLOUDFRONT,
  get,
  OPERATOR,
  put,
  REGION,
  raw,
  s3Client,
  startS3,
} from '../support/local-s3.ts';

const ODD_KEYS = [
  'users/abc/写真.png',
  "users/abc/it's(1)!*.png",
  'users/abc/a+b',
  'users/abc/a b',
  'users/abc/a%20b',
  'users/abc/../escape',
  '../../escape',
  '/leading//double/',
  'users/abc/<&>"\u0001',
  `users/abc/${'é'.repeat(500)}`,
  'users/abc',
  'users/abc.data',
];

function statusOf(sent: Promise<unknown>): Promise<number | undefined> {
  return sent.then(
    () => 200,
    (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode,
  );
}

t.test('keeps odd keys apart and bytes as they are, over a restart', async (t) => {
  const first = await startS3();
  for (const key of ODD_KEYS) await put(s3Client(first.port), key, `${key} old`);
  for (const key of ODD_KEYS) await put(s3Client(first.port), key);
  const data = join(first.directory, 'data');
  t.equal(readdirSync(data).length, ODD_KEYS.length, 'replaced bytes are gone');
  await first.store.close();
  writeFileSync(join(data, 'left-by-a-crash'), 'x');
  const second = await startS3({ directory: first.directory });
  t.teardown(() => second.store.close());
  const client = s3Client(second.port);
  for (const key of ODD_KEYS) t.equal(await get(client, key), key, key);
  t.equal(readdirSync(data).length, ODD_KEYS.length, 'the rest of a crash is gone');
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
  const byBytes = ODD_KEYS.map((key) => Buffer.from(key))
    .sort(Buffer.compare)
    .map(String);
  t.strictSame(
    Contents?.map(({ Key }) => Key),
    byBytes,
  );
});

t.test('only this user can read what is stored', async (t) => {
  const directory = join(temporaryDirectory(t), 'made');
  const { store, port } = await startS3({ directory });
  t.teardown(() => store.close());
  await put(s3Client(port), 'k');
  for (const name of ['data', 'objects', 'uploads']) {
    t.equal(statSync(join(directory, name)).mode & 0o777, 0o700, name);
    for (const file of readdirSync(join(directory, name)))
      t.equal(statSync(join(directory, name, file)).mode & 0o777, 0o600, name);
  }
});

async function* chunksOf(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

t.test('a file of data is there as long as somebody holds it, and no longer', async (t) => {
  const directory = temporaryDirectory(t);
  const data = createDataFiles(directory);
  const piece = await data.write(chunksOf('he', 'llo'));
  const { file, ...known } = piece;
  t.strictSame(known, { size: 5, md5: '5d41402abc4b2a76b9719d911017c592' });
  data.hold([piece]);
  data.release([piece]);
  data.sweep();
  t.strictSame(readdirSync(directory), [file], 'a second holder');
  data.release([piece]);
  t.strictSame(readdirSync(directory), []);
  writeFileSync(join(directory, file), 'left by a removal that failed');
  data.sweep();
  t.strictSame(readdirSync(directory), [], 'nobody holds it any more');
  async function* failing() {
    yield Buffer.from('half');
    throw new Error('the client has gone');
  }
  await t.rejects(data.write(failing()), { message: 'the client has gone' });
  t.strictSame(readdirSync(directory), [], 'a stream that fails leaves nothing');
});

t.test('a reader that stops early closes every file', { skip: !existsSync('/dev/fd') }, async (t) => {
  const directory = temporaryDirectory(t);
  const data = createDataFiles(directory);
  const pieces = [await data.write(chunksOf('abc')), await data.write(chunksOf('def'))];
  const opened = () => readdirSync('/dev/fd').length;
  const before = opened();
  const read = data.read(pieces, 1, 6);
  data.release(pieces);
  t.strictSame([opened() - before, readdirSync(directory)], [2, []], 'it needs no file by its name');
  for await (const chunk of read) {
    t.equal(`${chunk}`, 'bc');
    break;
  }
  while (opened() > before) await new Promise((resolve) => setTimeout(resolve, 5));
});

t.test('records that are damaged are put aside, and what a crash left is removed', async (t) => {
  const base = temporaryDirectory(t);
  const directory = join(base, 'records');
  const data = createDataFiles(join(base, 'data'));
  const open = () => openRecords<string>(directory, data, { piecesOf: () => [] });
  const first = open();
  t.equal(first.hasDamaged, false);
  for (const key of ['a', 'b']) first.set(key, `${key} old`);
  first.set('a', 'a new');
  first.delete('b');
  first.delete('b');
  const [file = ''] = readdirSync(directory);
  const whole = readFileSync(join(directory, file), 'utf8');
  t.strictSame(JSON.parse(whole), { key: 'a', record: 'a new' });
  writeFileSync(join(directory, `${file}.new`), whole);
  writeFileSync(join(directory, '.new.other'), whole);
  t.strictSame([...open().all()], [['a', 'a new']]);
  t.strictSame(readdirSync(directory).toSorted(), ['.new.other', file]);
  t.capture(console, 'error');
  for (const damaged of ['{', '{}', '{"key":"a"}', '{"record":"a"}']) {
    writeFileSync(join(directory, file), damaged);
    const { all, hasDamaged } = open();
    t.strictSame([[...all()], hasDamaged], [[], true], damaged);
    t.equal(readFileSync(join(directory, `${file}.bad`), 'utf8'), damaged);
  }
});

t.test('stores 16 MB byte for byte, as a buffer and as a stream', async (t) => {
  const { store, port, directory } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const bytes = randomBytes(16 * 1024 * 1024);
  const md5 = createHash('md5').update(bytes).digest('hex');
  t.equal(await put(client, 'big', bytes), `"${md5}"`);
  const pieces = Readable.from(
    Array.from({ length: 256 }, (_, i) => bytes.subarray(i * 65_536, (i + 1) * 65_536)),
  );
  await client.send(
    new PutObjectCommand({ Bucket, Key: 'streamed', Body: pieces, ContentLength: bytes.length }),
  );
  for (const Key of ['big', 'streamed']) {
    const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key }));
    t.equal(ContentLength, bytes.length, Key);
    t.ok(bytes.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)), Key);
  }
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'big' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'streamed' }));
  t.strictSame(readdirSync(join(directory, 'data')), [], 'nothing stays');
});

t.test('reads ranges and conditions', async (t) => {
  const now = Date.parse('2026-11-25T12:00:00.500Z');
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const etag = await put(client, 'k', '0123456789');
  const read = (input: object) => client.send(new GetObjectCommand({ Bucket, Key: 'k', ...input }));
  const ranges = [
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ] as const;
  for (const [Range, text, ContentRange] of ranges) {
    const answer = await read({ Range });
    t.equal(await answer.Body?.transformToString(), text, Range);
    t.match(answer, { ContentRange, $metadata: { httpStatusCode: 206 } }, Range);
  }
  for (const Range of ['bytes=0-1,3-4', 'bytes=4-2', 'lines=1-2']) {
    t.equal(await (await read({ Range })).Body?.transformToString(), '0123456789', Range);
  }
  await t.rejects(read({ Range: 'bytes=10-' }), { name: 'InvalidRange' });
  await t.rejects(read({ Range: 'bytes=-0' }), { name: 'InvalidRange' });
  const { LastModified = new Date(0) } = await read({});
  const ifRange = async (value: string) => {
    const sign = createS3Signer({ ...OPERATOR, region: REGION }, `localhost:${port}`);
    const signed = sign({ method: 'GET', rawPath: `/${BUCKET}/k`, rawQuery: '' }, Date.now());
    return (await raw(port, 'GET', `/${BUCKET}/k`, { ...signed, range: 'bytes=0-1', 'if-range': value }))
      .status;
  };
  t.equal(await ifRange(etag), 206);
  t.equal(await ifRange(LastModified.toUTCString()), 206);
  t.equal(await ifRange(new Date(0).toUTCString()), 200);
  t.equal(await ifRange('"other"'), 200);
  await t.rejects(read({ IfMatch: '"other"' }), { name: 'PreconditionFailed' });
  t.ok(await read({ IfMatch: etag }));
  t.equal(await statusOf(read({ IfNoneMatch: etag })), 304);
  t.ok(await read({ IfNoneMatch: '"other"' }));
  t.equal(await statusOf(read({ IfModifiedSince: new Date(Date.now() + 1000) })), 304);
  t.ok(await read({ IfModifiedSince: new Date(now - 3600_000 * 24 * 400) }));
  const overridden = await read({
    ResponseContentType: 'text/csv',
    ResponseContentDisposition: 'attachment',
  });
  t.match(overridden, { ContentType: 'text/csv', ContentDisposition: 'attachment' });
});

t.test('keeps the headers of an object, and writes under conditions', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const headers = {
    ContentType: 'text/plain; charset=utf-8',
    CacheControl: 'private',
    ContentDisposition: 'attachment; filename="x"',
    ContentEncoding: 'gzip',
    Metadata: { owner: 'alice' },
  };
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...headers }));
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  t.match(head, { ...headers, ContentLength: 1, ETag: '"9dd4e461268c8034f5c8564e155c67a6"' });
  const write = (input: object) =>
    client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', ...input }));
  await t.rejects(write({ IfNoneMatch: '*' }), { name: 'PreconditionFailed' });
  await t.rejects(write({ IfMatch: '"other"' }), { name: 'PreconditionFailed' });
  await t.rejects(write({ IfMatch: '*' }), { name: 'NotImplemented' });
  await t.rejects(write({ IfNoneMatch: head.ETag }), { name: 'NotImplemented' });
  t.equal(await get(client, 'k'), 'x');
  t.ok(await write({ IfMatch: head.ETag }));
  const tooLong = client.send(new PutObjectCommand({ Bucket, Key: 'é'.repeat(513), Body: '' }));
  await t.rejects(tooLong, { name: 'KeyTooLongError' });
});

t.test('deletes one and many', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  for (const key of ['a', 'b&<', 'c']) await put(client, key);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
  const Objects = ['a', 'b&<', 'never'].map((Key) => ({ Key }));
  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  t.strictSame(
    Deleted?.map(({ Key }) => Key),
    ['a', 'b&<', 'never'],
  );
  t.equal((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  const refused = await s3Client(port, CLOUDFRONT).send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
  );
  t.strictSame(
    refused.Errors?.map(({ Key, Code }) => [Key, Code]),
    Objects.map(({ Key }) => [Key, 'AccessDenied']),
  );
});

t.test('reads the names of an XML document in every spelling', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const sign = createS3Signer({ ...OPERATOR, region: REGION }, `localhost:${port}`);
  const signed = sign({ method: 'POST', rawPath: `/${BUCKET}`, rawQuery: 'delete=' }, Date.now());
  const key = '&#x61;&#X1F600;&#98;&amp;&lt;&gt;&quot;&apos;&none;&amp;lt;';
  const xml = `<Delete><Object a="b"><Key>${key}</Key></Object></Delete>`;
  const { body } = await raw(port, 'POST', `/${BUCKET}?delete=`, signed, xml);
  const shown = 'a😀b&#38;&#60;&#62;&#34;&#39;&#38;none;&#38;lt;';
  t.match(body, `<Deleted><Key>${shown}</Key></Deleted></DeleteResult>`);
});

t.test('a list of what to delete is of 1 to 1,000 files, and of at most 2 MB', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  await put(client, 'k0');
  const sign = createS3Signer({ ...OPERATOR, region: REGION }, `localhost:${port}`);
  const remove = async (count: number, bytes?: number) => {
    const objects = Array.from({ length: count }, (_, n) => `<Object><Key>k${n}</Key></Object>`);
    const xml = `<Delete><Quiet>true</Quiet>${objects.join('')}</Delete>`;
    const signed = sign({ method: 'POST', rawPath: `/${BUCKET}`, rawQuery: 'delete=' }, Date.now());
    const { status, body } = await raw(port, 'POST', `/${BUCKET}?delete=`, signed, xml.padEnd(bytes ?? 0));
    return [status, ...(/(?<=<Code>)\w+/.exec(body) ?? [])].join(' ');
  };
  for (const [count, bytes] of [[0], [1_001], [1, 2 * 1_024 ** 2 + 1]] as const)
    t.equal(await remove(count, bytes), '400 MalformedXML', `${count} ${bytes}`);
  t.equal(await get(client, 'k0'), 'k0', 'and then nothing is deleted');
  t.equal(await remove(1_000), '200');
  await t.rejects(get(client, 'k0'), { name: 'NoSuchKey' });
  t.equal(await remove(1, 2 * 1_024 ** 2), '200');
  const Delete = { Quiet: true, Objects: [{ Key: 'k' }, { Key: 'k', VersionId: 'x' }] };
  t.match(await client.send(new DeleteObjectsCommand({ Bucket, Delete })), {
    ...{ Deleted: undefined, Errors: [{ Key: 'k', VersionId: 'x', Code: 'NoSuchVersion' }] },
  });
});

t.test('an object whose bytes are gone breaks off, and that is logged', async (t) => {
  const { store, port, directory } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  await put(client, 'k');
  const [file = ''] = readdirSync(join(directory, 'data'));
  rmSync(join(directory, 'data', file));
  const logged = t.capture(console, 'error', () => {});
  await t.rejects(get(client, 'k'));
  t.match(logged()[0]?.args, ['local S3:', { code: 'ENOENT' }]);
});

t.test('a client that goes away in a download is no fault', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  await put(client, 'big', Buffer.alloc(32 * 1_024 * 1_024));
  const logged = t.capture(console, 'error');
  const sign = createS3Signer({ ...OPERATOR, region: REGION }, `localhost:${port}`);
  const headers = {
    host: `localhost:${port}`,
    ...sign({ method: 'GET', rawPath: `/${BUCKET}/big`, rawQuery: '' }, Date.now()),
  };
  const asked = request({ host: '127.0.0.1', port, path: `/${BUCKET}/big`, headers });
  const [answer] = await once(asked.end(), 'response');
  await once(answer, 'readable');
  const left = new Promise((resolve) => answer.on('error', () => {}).once('close', resolve));
  asked.destroy();
  await left;
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'big' }));
  t.strictSame(logged(), []);
});

t.test('copies objects and parts, with their headers or new ones', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const client = s3Client(port);
  const Key = 'users/abc/写真+1.png';
  await client.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789', ContentType: 'image/png' }));
  const CopySource = `${BUCKET}/${encodeURIComponent(Key)}`;
  const copy = (input: object) =>
    client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...input }));
  const { CopyObjectResult } = await copy({ ACL: 'private' });
  const read = () => client.send(new GetObjectCommand({ Bucket, Key: 'copy' }));
  const first = await read();
  t.equal(first.ETag, CopyObjectResult?.ETag);
  t.equal(first.ContentType, 'image/png');
  t.equal(await first.Body?.transformToString(), '0123456789');
  await copy({ MetadataDirective: 'REPLACE', ContentType: 'text/plain', Metadata: { a: 'b' } });
  const { ContentType, Metadata } = await read();
  t.strictSame([ContentType, Metadata], ['text/plain', { a: 'b' }]);
  await t.rejects(copy({ Key }), { name: 'InvalidRequest' });
  await t.rejects(copy({ CopySource: `${BUCKET}/none` }), { name: 'NoSuchKey' });
  await t.rejects(copy({ CopySource: 'another/k' }), { name: 'NoSuchBucket' });
  await t.rejects(copy({ ACL: 'public-read' }), { name: 'AccessControlListNotSupported' });

  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, CopySource };
  const { CopyPartResult } = await client.send(
    new UploadPartCopyCommand({ ...part, CopySourceRange: 'bytes=2-4' }),
  );
  await t.rejects(client.send(new UploadPartCopyCommand({ ...part, CopySourceRange: 'bytes=2-10' })), {
    name: 'InvalidArgument',
  });
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }));
  t.equal(await get(client, 'parts'), '234');
});
