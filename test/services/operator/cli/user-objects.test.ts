import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  type DeleteObjectsCommandOutput,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { sweep } from '../../../../services/operator/cli/user-objects.ts';
import { sweepSuite } from '../../../support/sweep-suite.ts';
import { BUCKET, ROLE, s3Client, startS3 } from '../../local/support/local-s3.ts';

const { store, port } = await startS3();
t.teardown(() => store.close());

t.test('every object below a prefix goes, on the local S3', async (t) => {
  const s3 = s3Client(port);
  t.teardown(() => s3.destroy());
  await sweepSuite(t, { s3, bucketName: BUCKET }, { isVersioned: false, many: 20 });
});

t.test("the service's credentials may not do this, and an unknown version is not deleted", async (t) => {
  const [operator, service] = [s3Client(port), s3Client(port, ROLE)];
  t.teardown(() => {
    operator.destroy();
    service.destroy();
  });
  const place = { Bucket: BUCKET, Prefix: 'users/bob/' };
  await t.rejects(service.send(new ListObjectVersionsCommand(place)), { name: 'AccessDenied' });
  await t.rejects(service.send(new ListMultipartUploadsCommand(place)), { name: 'AccessDenied' });
  const codes = async (s3: typeof service, VersionId: string) => {
    const Delete = { Objects: [{ Key: 'users/bob/a', VersionId }] };
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete }));
    return Errors.map(({ Code }) => Code);
  };
  t.strictSame(await codes(service, 'null'), ['AccessDenied']);
  t.strictSame(await codes(operator, 'other'), ['NoSuchVersion']);
  t.strictSame(await sweep({ s3: operator, bucketName: BUCKET }, 'users/bob/', false), {
    versions: 1,
    bytes: 5,
    uploads: 3,
  });
});

/** The local S3 lets its operator delete everything, so these answers are made up. Pages have two entries. */
function withAnswers(
  s3: S3Client,
  answer: (command: unknown, pass: () => Promise<unknown>) => unknown,
): S3Client {
  const send = s3.send.bind(s3);
  s3.send = async (command: unknown) => {
    if (command instanceof ListObjectVersionsCommand) command.input.MaxKeys = 2;
    return await answer(command, async () => Reflect.apply(send, s3, [command]));
  };
  return s3;
}

const isOf = (command: unknown, key: string) =>
  command instanceof DeleteObjectsCommand && command.input.Delete?.Objects?.some(({ Key }) => Key === key);

for (const [answer, change, message] of [
  [
    'names a key that it did not delete',
    ({ Deleted }: DeleteObjectsCommandOutput) => ({
      Deleted: Deleted?.slice(1),
      Errors: [{ Key: 'users/eve/0', Code: 'InternalError' }],
    }),
    '1 not done: users/eve/0 (InternalError)',
  ],
  ['says nothing', () => ({}), '2 not done: users/eve/0 (no answer), users/eve/1 (no answer)'],
  [
    'speaks of other keys',
    () => ({ Deleted: [{ Key: 'users/bob/a' }, { Key: 'users/bob/b' }] }),
    '2 not done: users/eve/0 (no answer), users/eve/1 (no answer)',
  ],
  [
    'speaks of another version of a key',
    () => ({ Deleted: [{ Key: 'users/eve/0', VersionId: 'other' }, { Key: 'users/eve/1' }] }),
    '1 not done: users/eve/0 (no answer)',
  ],
  [
    'fails',
    () => Promise.reject(Object.assign(new Error('later'), { name: 'SlowDown' })),
    '1 not done: 2 versions from users/eve/0 on (SlowDown)',
  ],
] as const) {
  t.test(`if DeleteObjects ${answer}, that is named, and the pages after it are deleted`, async (t) => {
    const [s3, plain] = [s3Client(port), s3Client(port)];
    t.teardown(() => {
      s3.destroy();
      plain.destroy();
    });
    for (const name of [0, 1, 2, 3, 4])
      await plain.send(new PutObjectCommand({ Bucket: BUCKET, Key: `users/eve/${name}`, Body: '1' }));
    withAnswers(s3, async (command, pass) =>
      isOf(command, 'users/eve/0') ? change((await pass()) as DeleteObjectsCommandOutput) : await pass(),
    );
    await t.rejects(sweep({ s3, bucketName: BUCKET }, 'users/eve/', true), { message });
    const { Versions } = await plain.send(
      new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: 'users/eve/' }),
    );
    t.strictSame(Versions?.map(({ Key }) => Key) ?? [], []);
  });
}

t.test('an upload that stays, and a list without an end, do not keep the versions', async (t) => {
  const [s3, plain] = [s3Client(port), s3Client(port)];
  t.teardown(() => {
    s3.destroy();
    plain.destroy();
  });
  await plain.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'users/eve/0', Body: '1' }));
  for (const name of ['film', 'song'])
    await plain.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: `users/eve/${name}` }));
  withAnswers(s3, async (command, pass) => {
    if (command instanceof AbortMultipartUploadCommand && command.input.Key === 'users/eve/film')
      throw Object.assign(new Error('no'), { name: 'InternalError' });
    const answer = await pass();
    return command instanceof ListMultipartUploadsCommand
      ? { ...Object(answer), IsTruncated: true, NextKeyMarker: undefined }
      : answer;
  });
  await t.rejects(sweep({ s3, bucketName: BUCKET }, 'users/eve/', true), {
    message: '2 not done: the upload users/eve/film (InternalError), the list of uploads (BrokenListError)',
  });
  t.strictSame(await sweep({ s3: plain, bucketName: BUCKET }, 'users/eve/', true), {
    versions: 0,
    bytes: 0,
    uploads: 1,
  });
});

t.test('what is written before the place of the list meanwhile goes too', async (t) => {
  const [s3, plain] = [s3Client(port), s3Client(port)];
  t.teardown(() => {
    s3.destroy();
    plain.destroy();
  });
  const put = (name: string) =>
    plain.send(new PutObjectCommand({ Bucket: BUCKET, Key: `users/eve/${name}`, Body: '1' }));
  for (const name of ['b', 'c', 'd']) await put(name);
  withAnswers(s3, async (command, pass) => {
    const answer = await pass();
    if (isOf(command, 'users/eve/d')) await put('a');
    return answer;
  });
  t.strictSame(await sweep({ s3, bucketName: BUCKET }, 'users/eve/', true), {
    versions: 4,
    bytes: 4,
    uploads: 0,
  });
  const { Versions } = await plain.send(
    new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix: 'users/eve/' }),
  );
  t.strictSame(Versions ?? [], []);
});

t.test('if somebody keeps on writing, the command ends and says so', async (t) => {
  const [s3, plain] = [s3Client(port), s3Client(port)];
  t.teardown(async () => {
    await sweep({ s3: plain, bucketName: BUCKET }, 'users/eve/', true);
    s3.destroy();
    plain.destroy();
  });
  const put = () => plain.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'users/eve/a', Body: '1' }));
  await put();
  withAnswers(s3, async (command, pass) => {
    const answer = await pass();
    if (isOf(command, 'users/eve/a')) await put();
    return answer;
  });
  await t.rejects(sweep({ s3, bucketName: BUCKET }, 'users/eve/', true), {
    message: '1 not done: files still come',
  });
});
