import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { lostAnswersSuite } from '../services/auth/support/lost-answers-suite.ts';
import { clientOf, noCeph, startCeph } from '../support/ceph.ts';
import { multipartSuite } from '../support/multipart-suite.ts';
import { takenNamesSuite } from '../support/taken-names-suite.ts';
import { startTestStack } from '../support/test-stack.ts';

const BUCKET = 'gateway-files';

t.test('uploads in parts with Ceph as the S3', { skip: noCeph, timeout: 240_000 }, async (t) => {
  const ceph = await startCeph(t);
  const s3 = clientOf(t, ceph);
  const uploadsLeft = async () =>
    (await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? [];

  await t.test('as with the local S3', async (t) => {
    const stack = await startTestStack(t, { externalS3: ceph });
    const bucket = { s3, bucketName: BUCKET, bucketUrl: `${ceph.endpoint}/${BUCKET}` };
    multipartSuite(t, stack, bucket);
    takenNamesSuite(t, stack, bucket, false);
  });
  t.strictSame(await uploadsLeft(), [], 'S3 keeps no upload');

  await t.test('with lost answers', (t) =>
    lostAnswersSuite(t, { s3, bucketName: BUCKET, bucketUrl: `${ceph.endpoint}/${BUCKET}` }, false),
  );
  t.strictSame(await uploadsLeft(), [], 'S3 keeps no upload');
});
