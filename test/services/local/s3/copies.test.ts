import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectTaggingCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { Bucket, get, ROLE, s3Client, startS3 } from '../support/local-s3.ts';
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
