import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { startCeph } from '../support/ceph.ts';
import { missing } from '../support/missing.ts';
import { startTestStack } from '../support/test-stack.ts';
import { endToEndSuite } from './support/end-to-end.ts';

t.test(
  'the whole path with Ceph as the S3',
  { skip: missing('/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw'), timeout: 120_000 },
  async (t) => {
    const ceph = await startCeph(t);
    const s3 = new S3Client({
      region: 'us-east-1',
      endpoint: ceph.endpoint,
      forcePathStyle: true,
      credentials: ceph,
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'gateway-files' }));
    s3.destroy();
    const stack = await startTestStack(t, { externalS3: ceph });
    await endToEndSuite(t, stack, { bucketUrl: `${ceph.endpoint}/gateway-files`, checksSha256: false });
  },
);
