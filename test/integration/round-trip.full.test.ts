import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { startCeph } from '../support/ceph.ts';
import { missing } from '../support/missing.ts';
import { roundTrip } from '../support/round-trip.ts';
import { startTestStack } from '../support/test-stack.ts';

const needed = ['/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw'];

t.test(
  'what can be uploaded is listed and comes back, through Ceph',
  {
    skip: missing(...needed),
    timeout: 180_000,
  },
  async (t) => {
    const ceph = await startCeph(t);
    const client = new S3Client({
      region: 'us-east-1',
      endpoint: ceph.endpoint,
      forcePathStyle: true,
      credentials: ceph,
    });
    await client.send(new CreateBucketCommand({ Bucket: 'gateway-files' }));
    client.destroy();
    // Ceph takes spaces from the end of a form's key.
    await roundTrip(t, await startTestStack(t, { externalS3: ceph }), ceph, 130, / $/);
  },
);
