import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { startCeph } from '../support/ceph.ts';
import { lostAnswersSuite } from '../support/lost-answers-suite.ts';
import { missing } from '../support/missing.ts';
import { multipartSuite } from '../support/multipart-suite.ts';
import { startTestStack } from '../support/test-stack.ts';

const BUCKET = 'gateway-files';

t.test(
  'uploads in parts with Ceph as the S3',
  { skip: missing('/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw'), timeout: 240_000 },
  async (t) => {
    const ceph = await startCeph(t);
    const s3 = new S3Client({
      region: 'us-east-1',
      endpoint: ceph.endpoint,
      forcePathStyle: true,
      credentials: ceph,
    });
    t.teardown(() => s3.destroy());
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    const uploadsLeft = async () =>
      (await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? [];

    await t.test('as with the local S3', async (t) => {
      const stack = await startTestStack(t, { externalS3: ceph });
      multipartSuite(t, stack, { s3, bucketName: BUCKET, bucketUrl: `${ceph.endpoint}/${BUCKET}` });
    });
    t.same(await uploadsLeft(), [], 'S3 keeps no upload');

    await t.test('with answers that get lost', (t) =>
      lostAnswersSuite(t, { s3, bucketName: BUCKET, bucketUrl: `${ceph.endpoint}/${BUCKET}` }),
    );
    t.same(await uploadsLeft(), [], 'S3 keeps no upload');
  },
);
