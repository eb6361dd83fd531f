import {
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { sweep } from '../../../services/cli/user-objects.ts';
import { sweepSuite } from '../../support/sweep-suite.ts';
import { BUCKET, ROLE, s3Client, startS3 } from '../local/support/local-s3.ts';

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

t.test('objects that S3 did not delete are reported', async (t) => {
  const s3 = s3Client(port);
  t.teardown(() => s3.destroy());
  const send = s3.send.bind(s3);
  // The local S3 lets its operator delete everything, so this answer is made up.
  s3.send = async (command: unknown) =>
    command instanceof DeleteObjectsCommand
      ? { Errors: [{ Key: 'users/bob/a', Code: 'InternalError' }] }
      : Reflect.apply(send, s3, [command]);
  await t.rejects(sweep({ s3, bucketName: BUCKET }, 'users/bob/', true), {
    message: '1 objects were not deleted, users/bob/a: InternalError',
  });
});
