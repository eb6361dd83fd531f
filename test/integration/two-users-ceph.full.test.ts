import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { startCeph } from '../support/ceph.ts';
import { missing } from '../support/missing.ts';
import { startTestStack } from '../support/test-stack.ts';
import { twoUsers } from './support/two-users.ts';

const OPERATIONS = 10_000;
const needed = ['/usr/bin/ceph-mon', '/usr/bin/ceph-osd', '/usr/bin/radosgw'];

t.setTimeout(900_000);

t.test(
  'two users, 10,000 random operations each, on Ceph',
  { skip: missing(...needed), timeout: 900_000 },
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
    const seen = await twoUsers(t, await startTestStack(t, { externalS3: ceph }), OPERATIONS);
    t.comment(Object.fromEntries(seen));
    t.ok([...seen.values()].reduce((sum, each) => sum + each, 0) > OPERATIONS);
  },
);
