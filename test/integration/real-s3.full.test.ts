import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import t from 'tap';
import { clientOf, noCeph, startCeph } from '../support/ceph.ts';
import { startTestStack } from '../support/test-stack.ts';
import { endToEndSuite } from './support/end-to-end.ts';

t.test('the whole path with Ceph as the S3', { skip: noCeph, timeout: 120_000 }, async (t) => {
  const ceph = await startCeph(t);
  const s3 = clientOf(t, ceph);
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
  const stack = await startTestStack(t, { externalS3: ceph });
  await endToEndSuite(t, stack, { bucketUrl: `${ceph.endpoint}/gateway-files`, checksSha256: false });
});
