import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { createDataFiles, openRecords } from '../../../../services/local/s3/data-files.ts';
import type { Version } from '../../../../services/local/s3/versions.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { Bucket, get, put, ROLE, s3Client, startS3 } from '../support/local-s3.ts';
import { VERSIONED_TEMPLATE } from '../support/versioned-template.ts';

const denied = { name: 'AccessDenied' };
const TagSet = [{ Key: 'Scan', Value: 'clean' }];
const source = (Key: string, VersionId?: string) =>
  `${Bucket}/${encodeURIComponent(Key)}${VersionId === undefined ? '' : `?versionId=${VersionId}`}`;

/** A bucket with versions. The service's role may also do what these statements allow. */
async function startBucket(t: Test, ...allowed: [actions: string[], resource: string, condition?: object][]) {
  const statements = allowed.map(([Action, resource, Condition]) => ({
    ...{ Effect: 'Allow', Action, Resource: `arn:aws:s3:::${Bucket}/${resource}` },
    ...(Condition === undefined ? {} : { Condition }),
  }));
  const template = JSON.parse(JSON.stringify(VERSIONED_TEMPLATE));
  const [role = ''] = ROLE.principal.kind === 'role' ? ROLE.principal.logicalIds : [];
  template.Resources['Copies'] = {
    Type: 'AWS::IAM::Policy',
    Properties: { Roles: [{ Ref: role }], PolicyDocument: { Statement: statements } },
  };
  const { store, port } = await startS3({ template });
  t.teardown(() => store.close());
  const [operator, caller] = [s3Client(port), s3Client(port, ROLE)];
  t.teardown(() => {
    operator.destroy();
    caller.destroy();
  });
  return { operator, caller };
}

const tagsOf = async (s3: S3Client, Key: string) =>
  (await s3.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;

t.test('who copies needs the right to read the source, and to write the copy', async (t) => {
  const { operator, caller } = await startBucket(
    t,
    [['s3:GetObject'], 'users/mine/*'],
    [['s3:GetObjectVersion'], 'users/kept/*'],
  );
  const versionOf: Record<string, string | undefined> = {};
  for (const Key of ['users/mine/a', 'users/kept/a', 'users/other/a']) {
    const put = await operator.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    versionOf[Key] = put.VersionId;
  }
  const copy = (from: string, Key: string, isVersion = false) =>
    caller.send(
      new CopyObjectCommand({
        Bucket,
        Key,
        CopySource: source(from, isVersion ? versionOf[from] : undefined),
      }),
    );
  await copy('users/mine/a', 'users/mine/b');
  await copy('users/mine/a', 'teams/t/b');
  await copy('users/kept/a', 'users/mine/c', true);
  t.equal(await get(operator, 'users/mine/c'), 'users/kept/a');
  await t.rejects(copy('users/mine/a', 'users/mine/b', true), denied, 'a version has its own right');
  await t.rejects(copy('users/kept/a', 'users/mine/b'), denied);
  await t.rejects(copy('users/other/a', 'users/mine/b'), denied);
  await t.rejects(copy('users/mine/a', 'elsewhere/b'), denied);
  for (const [from, name] of [
    ['users/mine/a', undefined],
    ['users/other/a', 'AccessDenied'],
  ] as const) {
    const place = { Bucket, Key: 'users/mine/parts' };
    const { UploadId } = await caller.send(new CreateMultipartUploadCommand(place));
    const part = { ...place, UploadId, PartNumber: 1, CopySource: source(from) };
    const sent = caller.send(new UploadPartCopyCommand(part));
    if (name === undefined) t.ok((await sent).CopyPartResult?.ETag, from);
    else await t.rejects(sent, { name }, from);
  }
});

t.test('a copy that its source does not allow is 412, also one that has not changed', async (t) => {
  const { operator } = await startBucket(t);
  const ETag = await put(operator, 'a', '1');
  const copy = (conditions: object) =>
    operator.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: source('a'), ...conditions }));
  const failed = { name: 'PreconditionFailed' };
  const [past, future] = [new Date(86_400_000), new Date(Date.now() + 86_400_000)];
  await t.rejects(copy({ CopySourceIfNoneMatch: ETag }), failed);
  await t.rejects(copy({ CopySourceIfModifiedSince: future }), failed);
  await t.rejects(copy({ CopySourceIfNoneMatch: ETag, CopySourceIfModifiedSince: past }), failed);
  t.ok(await copy({ CopySourceIfMatch: ETag, CopySourceIfUnmodifiedSince: past }));
  t.ok(await copy({ CopySourceIfModifiedSince: past }));
});

t.test('copies no more than 5 GB with one request', async (t) => {
  const directory = temporaryDirectory(t);
  const data = createDataFiles(join(directory, 'data'));
  const piece = await data.write((async function* () {})());
  const size = 5 * 1024 ** 3 + 1;
  truncateSync(join(directory, 'data', piece.file), size);
  const object = { pieces: [{ ...piece, size }], size, etag: '"x"', headers: {} };
  openRecords<Version[]>(join(directory, 'objects'), data, { piecesOf: () => [] }).set('big', [
    { ...object, versionId: 'null', lastModifiedMs: 0 },
  ]);
  const { store, port } = await startS3({ directory });
  t.teardown(() => store.close());
  const client = s3Client(port);
  const tooLarge = { name: 'InvalidRequest', message: /larger than the maximum allowable size/ };
  const CopySource = source('big');
  await t.rejects(client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource })), tooLarge);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'copy' }));
  const part = { Bucket, Key: 'copy', UploadId, PartNumber: 1, CopySource };
  await t.rejects(client.send(new UploadPartCopyCommand(part)), tooLarge);
  const CopySourceRange = `bytes=${size - 3}-${size - 1}`;
  t.ok(await client.send(new UploadPartCopyCommand({ ...part, CopySourceRange })));
});

t.test('tags go along with a copy by the rights to read and to write them', async (t) => {
  const { operator, caller } = await startBucket(
    t,
    [['s3:GetObject'], 'users/*'],
    [['s3:GetObjectTagging'], 'users/read/*'],
    [['s3:PutObjectTagging'], 'users/write/*'],
  );
  const tagged = { Bucket, Body: '1', Tagging: 'Scan=clean' };
  for (const Key of ['users/read/a', 'users/other/a'])
    await operator.send(new PutObjectCommand({ ...tagged, Key }));
  await operator.send(new PutObjectCommand({ Bucket, Body: '1', Key: 'users/other/untagged' }));
  const copy = (from: string, Key: string, more: object = {}) =>
    caller.send(new CopyObjectCommand({ Bucket, Key, CopySource: source(from), ...more }));
  await copy('users/read/a', 'users/write/a');
  t.strictSame(await tagsOf(operator, 'users/write/a'), TagSet);
  await t.rejects(copy('users/other/a', 'users/write/a'), denied, 'may not read them');
  await t.rejects(copy('users/read/a', 'users/other/b'), denied, 'may not write them');
  await copy('users/other/untagged', 'users/other/b');
  await copy('users/other/a', 'users/other/b', { TaggingDirective: 'REPLACE' });
  t.strictSame(await tagsOf(operator, 'users/other/b'), []);
  await t.rejects(
    copy('users/other/a', 'users/other/b', { TaggingDirective: 'REPLACE', Tagging: 'a=b' }),
    denied,
  );

  const write = (Key: string) => caller.send(new PutObjectCommand({ ...tagged, Key }));
  await write('users/write/b');
  await t.rejects(write('users/other/c'), denied);
  const begin = { Bucket, Key: 'users/other/c', Tagging: 'a=b' };
  await t.rejects(caller.send(new CreateMultipartUploadCommand(begin)), denied);
  const Tagging = { TagSet };
  await t.rejects(
    caller.send(new PutObjectTaggingCommand({ Bucket, Key: 'users/other/a', Tagging })),
    denied,
  );
  await t.rejects(caller.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'users/write/b' })), denied);
  await t.rejects(tagsOf(caller, 'users/other/a'), denied);
});

t.test('a policy may ask for a tag of what is read, but not of what is written or deleted', async (t) => {
  const Condition = { StringEquals: { 's3:ExistingObjectTag/Scan': ['clean', 'not_scanned'] } };
  const { operator, caller } = await startBucket(
    t,
    [['s3:GetObject', 's3:GetObjectVersion'], 'users/*', Condition],
    [['s3:PutObject', 's3:DeleteObjectVersion'], 'inbox/*', Condition],
  );
  const Key = 'users/abc/a';
  const { VersionId } = await operator.send(new PutObjectCommand({ Bucket, Key, Body: '1' }));
  const read = (more: object = {}) => caller.send(new GetObjectCommand({ Bucket, Key, ...more }));
  await t.rejects(read(), denied, 'no tag yet');
  await t.rejects(
    caller.send(new GetObjectCommand({ Bucket, Key: 'users/abc/none' })),
    denied,
    'nothing has no tag',
  );
  const tag = (Value: string) => {
    const Tagging = { TagSet: [{ Key: 'Scan', Value }] };
    return operator.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }));
  };
  await tag('infected');
  await t.rejects(read(), denied);
  await tag('clean');
  t.ok(await read());
  t.ok(await caller.send(new HeadObjectCommand({ Bucket, Key })));
  await put(operator, Key, '2');
  await t.rejects(read(), denied, 'each version has its own tags');
  t.ok(await read({ VersionId }));
  await t.rejects(
    caller.send(new CopyObjectCommand({ Bucket, Key: 'users/abc/b', CopySource: source(Key) })),
    denied,
  );

  await operator.send(new PutObjectCommand({ Bucket, Key: 'inbox/a', Body: '1', Tagging: 'Scan=clean' }));
  await t.rejects(put(caller, 'inbox/a'), denied);
});
