import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetBucketAclCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { startFaults } from '../../../../services/local/settings.ts';
import {
  BUCKET,
  Bucket,
  CLOUDFRONT,
  get,
  OPERATOR,
  OTHER_DISTRIBUTION,
  put,
  ROLE,
  raw,
  s3Client,
  startS3,
  TEMPLATE,
} from '../support/local-s3.ts';

t.test('lets each principal do what the template says, and nothing else', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const denied = { name: 'AccessDenied' };
  const role = s3Client(port, ROLE);
  const cloudfront = s3Client(port, CLOUDFRONT);
  for (const folder of ['users/abc/', 'teams/abc/']) {
    const Key = `${folder}a.png`;
    await put(role, Key, 'hello');
    await t.rejects(get(role, Key), denied, folder);
    const listed = await role.send(new ListObjectsV2Command({ Bucket, Prefix: folder }));
    t.equal(listed.KeyCount, 1, folder);
    t.equal(await get(cloudfront, Key), 'hello', folder);
    await t.rejects(cloudfront.send(new DeleteObjectCommand({ Bucket, Key })), denied, folder);
    await t.rejects(get(cloudfront, `${folder}none`), { name: 'NoSuchKey' }, folder);
    await t.rejects(put(cloudfront, Key), denied, folder);
    await t.rejects(get(s3Client(port, OTHER_DISTRIBUTION), Key), denied, folder);
    await t.rejects(get(s3Client(port, OTHER_DISTRIBUTION), `${folder}none`), denied, folder);
    await role.send(new DeleteObjectCommand({ Bucket, Key }));
  }
  for (const Key of ['other/a.png', 'users', 'team/abc/a.png', 'Teams/abc/a.png']) {
    await t.rejects(put(role, Key), denied, Key);
    await t.rejects(role.send(new DeleteObjectCommand({ Bucket, Key })), denied, Key);
    await t.rejects(get(cloudfront, Key), denied, Key);
  }
  await t.rejects(role.send(new ListObjectsV2Command({ Bucket, Prefix: 'user' })), denied);
  await t.rejects(role.send(new ListObjectsV2Command({ Bucket })), denied);
  await t.rejects(role.send(new ListBucketsCommand({})), denied);

  const operator = s3Client(port);
  const { Buckets } = await operator.send(new ListBucketsCommand({}));
  t.strictSame(
    Buckets?.map(({ Name }) => Name),
    [BUCKET],
  );
  t.ok(await operator.send(new HeadBucketCommand({ Bucket })));
  await t.rejects(operator.send(new HeadBucketCommand({ Bucket: 'another' })), { name: 'NotFound' });
  await t.rejects(operator.send(new GetBucketAclCommand({ Bucket })), { name: 'NotImplemented' });
});

t.test('a requester who may not list does not learn which keys exist', async (t) => {
  const text = JSON.stringify(TEMPLATE);
  const template = JSON.parse(
    text.replace(
      '"s3:ListBucket","Condition":{"StringEquals"',
      '"s3:GetBucketCORS","Condition":{"StringEquals"',
    ),
  );
  const { store, port } = await startS3({ template });
  t.teardown(() => store.close());
  await put(s3Client(port), 'users/k', 'x');
  t.equal(await get(s3Client(port, CLOUDFRONT), 'users/k'), 'x');
  await t.rejects(get(s3Client(port, CLOUDFRONT), 'users/none'), { name: 'AccessDenied' });
});

t.test('answers nobody without a valid signature, and no foreign name', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  await put(s3Client(port), 'k', 'secret');
  const path = `/${BUCKET}/k`;
  t.match(await raw(port, 'GET', path), { status: 403, body: '<Code>AccessDenied</Code>' });
  t.match(await raw(port, 'GET', '/'), { status: 403 });
  t.match(await raw(port, 'PUT', path, {}, 'x'), { status: 403 });
  t.match(await raw(port, 'HEAD', path), { status: 403, body: '' });
  t.match(await raw(port, 'GET', '/?x=%ff'), { status: 400, body: '<Code>InvalidURI</Code>' });
  const guessed = s3Client(port, { ...OPERATOR, secretAccessKey: 'guessed' });
  await t.rejects(get(guessed, 'k'), { name: 'SignatureDoesNotMatch' });
  const stranger = s3Client(port, { ...OPERATOR, accessKeyId: 'STRANGER' });
  await t.rejects(get(stranger, 'k'), { name: 'InvalidAccessKeyId' });
  t.match(await raw(port, 'GET', path, { host: `evil.example:${port}` }), {
    status: 421,
    body: `http://localhost:${port}/`,
  });
  t.match(await raw(port, 'GET', path, { host: `127.0.0.1:${port}` }), { status: 403 });
});

t.test('answers pages as the CORS rules of the bucket say', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const app = { origin: 'http://localhost:3000' };
  const preflight = {
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'Content-Type, If-None-Match',
  };
  t.match(await raw(port, 'OPTIONS', `/${BUCKET}`, { ...app, ...preflight }), {
    status: 200,
    headers: {
      'access-control-allow-origin': 'http://localhost:3000',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'content-type, if-none-match',
      'access-control-max-age': '3600',
      vary: 'Origin',
    },
  });
  const refused = [
    { ...preflight, origin: 'http://localhost:3001' },
    { ...preflight, origin: 'null' },
    { ...app, ...preflight, 'access-control-request-method': 'DELETE' },
    { ...app, ...preflight, 'access-control-request-method': 'POST' },
    { ...app, ...preflight, 'access-control-request-headers': 'x-amz-acl' },
  ];
  for (const headers of refused) {
    const answer = await raw(port, 'OPTIONS', `/${BUCKET}`, headers);
    t.equal(answer.status, 403, JSON.stringify(headers));
    t.equal(answer.headers['access-control-allow-origin'], undefined, JSON.stringify(headers));
  }
  const error = await raw(port, 'PUT', `/${BUCKET}/k`, app, 'x');
  t.match(error, { status: 403, headers: { 'access-control-allow-origin': app.origin } });
  t.equal((await raw(port, 'GET', '/', app)).headers['access-control-allow-origin'], undefined);
});

t.test(
  'without the records of its files, or with damaged ones, it does not start and deletes nothing',
  async (t) => {
    const { store, port, directory } = await startS3();
    await put(s3Client(port, ROLE), 'users/abc/a.png', 'hello');
    await store.close();
    const records = join(directory, 'records.sqlite');
    const kept = readFileSync(records);
    for (const [what, words] of [
      [
        Buffer.alloc(0),
        /holds files, but their records are missing\. Put back .*records\.sqlite, or begin anew with npm start -- --reset\.$/,
      ],
      [Buffer.alloc(kept.length, 'x'), /records\.sqlite is damaged \(.*\)\. Put back /],
    ] as const) {
      writeFileSync(records, what);
      const error: unknown = await startS3({ directory }).catch((error: unknown) => error);
      t.match(startFaults(error), [words]);
    }
    writeFileSync(records, kept);
    const again = await startS3({ directory });
    t.teardown(() => again.store.close());
    t.equal(await get(s3Client(again.port, CLOUDFRONT), 'users/abc/a.png'), 'hello');
  },
);
