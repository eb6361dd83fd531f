import { createHash } from 'node:crypto';
import t from 'tap';
import { createMultipartStore } from '../../../../services/auth/files/multipart.ts';
import { createPutPresigner } from '../../../../services/auth/files/put-presigner.ts';
import { BUCKET, s3Client, startS3 } from '../../local/support/local-s3.ts';

/** One part more than S3 lists in one answer. */
const PARTS = 1_001;

t.test('parts are listed beyond the first thousand', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const s3 = s3Client(port);
  t.teardown(() => s3.destroy());
  const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: Date.now });
  const multipart = createMultipartStore({ s3, bucketName: BUCKET, presigner });
  const key = 'users/abc/long.mp4';
  const upload = { key, multipartId: await multipart.create({ key, type: 'video/mp4' }) };
  const hashes: string[] = [];
  for (let number = 1; number <= PARTS; number++) {
    const body = String(number);
    const sha256 = createHash('sha256').update(body).digest('hex');
    hashes.push(sha256);
    const { url, headers } = await multipart.presignPart(upload, { number, size: body.length, sha256 });
    const answer = await fetch(url, { method: 'PUT', headers, body });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`part ${number}: ${answer.status}`);
  }
  const parts = (await multipart.listParts(upload)) ?? [];
  t.strictSame(
    parts.map(({ number }) => number),
    hashes.map((_, index) => index + 1),
  );
  t.strictSame(
    parts.map(({ sha256 }) => sha256),
    hashes,
  );
  await multipart.abort(upload);
  t.equal(await multipart.listParts(upload), undefined);
});
