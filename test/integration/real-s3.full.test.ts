import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { lostAnswersSuite } from '../services/auth/support/lost-answers-suite.ts';
import { clientOf, noCeph, startCeph } from '../support/ceph.ts';
import { multipartSuite } from '../support/multipart-suite.ts';
import { operatorsBucket } from '../support/operators-bucket.ts';
import { roundTrip } from '../support/round-trip.ts';
import { raceSuite, signedPutSuite } from '../support/signed-put-suite.ts';
import { takenNamesSuite } from '../support/taken-names-suite.ts';
import { startTestStack } from '../support/test-stack.ts';
import { endToEndSuite } from './support/end-to-end.ts';

t.test('the whole path with Ceph as the S3', { skip: noCeph, timeout: 120_000 }, async (t) => {
  const ceph = await startCeph(t);
  const bucketUrl = `${ceph.endpoint}/gateway-files`;
  const bucket = { s3: clientOf(t, ceph), bucketName: 'gateway-files', bucketUrl };
  const stack = await startTestStack(t, { externalS3: ceph });
  await t.test('a signed PUT', async (t) => signedPutSuite(t, stack, bucket, ['one more header']));
  await t.test('two uploads race', (t) => raceSuite(t, stack, bucket, 100));
  await endToEndSuite(t, stack, bucketUrl);
});

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

t.test(
  'every uploaded file is listed and comes back, through Ceph',
  {
    skip: noCeph,
    timeout: 180_000,
  },
  async (t) => {
    const ceph = await startCeph(t);
    // Ceph removes spaces at the end of a form's key.
    await roundTrip(t, await startTestStack(t, { externalS3: ceph }), ceph, 130, / $/);
  },
);

t.setTimeout(300_000);

t.test('of two uploads to one name exactly one wins, 300 times', { timeout: 300_000 }, async (t) => {
  const stack = await startTestStack(t);
  await raceSuite(t, stack, operatorsBucket(t, stack), 300);
});
