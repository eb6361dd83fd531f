import t from 'tap';
import { clientOf, noCeph, startCeph } from '../support/ceph.ts';
import { raceSuite, signedPutSuite } from '../support/signed-put-suite.ts';
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
