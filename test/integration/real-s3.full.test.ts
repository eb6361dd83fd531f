import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
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
    await t.test('a form that has expired', async (t) => {
      for (const [Expires, status] of [
        [60, 204],
        [-60, 403],
      ] as const) {
        const form = await createPresignedPost(s3, { Bucket: 'gateway-files', Key: 'users/x/late', Expires });
        const body = new FormData();
        for (const field of Object.entries(form.fields)) body.append(...field);
        body.append('file', new Blob(['late']));
        t.equal((await fetch(form.url, { method: 'POST', body })).status, status);
      }
    });
    s3.destroy();
    const stack = await startTestStack(t, { externalS3: ceph });
    await endToEndSuite(t, stack, { bucketUrl: `${ceph.endpoint}/gateway-files`, checksSha256: false });
  },
);
