import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { parseJson, signIn } from '../support/client.ts';
import { startTestStack } from '../support/test-stack.ts';

// Half a minute, because of 10,000 uploads.
t.setTimeout(240_000);

t.test('10,000 files: usage asked twenty times at once, and 500 deletions meanwhile', async (t) => {
  const stack = await startTestStack(t);
  const { appOrigin } = stack;
  const { endpoint, ...credentials } = JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8'));
  const s3 = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
  t.teardown(() => s3.destroy());
  const user = await signIn(stack, 'alice');
  const names = Array.from({ length: 10_000 }, (_, index) => `folder/${String(index).padStart(5, '0')}.txt`);
  const left = names.toReversed();
  const put = async () => {
    for (let name = left.pop(); name; name = left.pop())
      await s3.send(
        new PutObjectCommand({ Bucket: 'gateway-files', Key: `users/${user.id}/${name}`, Body: 'abc' }),
      );
  };
  await Promise.all(Array.from({ length: 8 }, put));

  const usage = () => user.request(`${appOrigin}/api/files/usage`);
  const timed = async (asked: Promise<Response>[]) => {
    const startMs = performance.now();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    return { statuses: [...new Set(statuses)], ms: performance.now() - startMs };
  };
  const alone = await timed([usage()]);
  const together = await timed(Array.from({ length: 20 }, usage));
  t.strictSame(together.statuses, [200]);
  const ratio = together.ms / alone.ms;
  t.ok(ratio < 5, `twenty take ${ratio.toFixed(1)} times as long as one, since they share a count`);

  const asking = timed(Array.from({ length: 20 }, usage));
  const doomed = names.slice(0, 500);
  const deleting = user.post('/api/files/delete', { names: doomed });
  t.strictSame((await asking).statuses, [200]);
  const answer = await deleting;
  t.equal(answer.status, 200);
  const { deleted, failed } = await parseJson<{ deleted: object[]; failed: { name: string }[] }>(answer);
  t.equal(deleted.length + failed.length, 500, 'each name has its outcome');
  const rest = await user.post('/api/files/delete', { names: failed.map(({ name }) => name).concat('none') });
  t.equal(rest.status, 200);
  t.match(await parseJson<object>(await usage()), { files: 9_500, bytes: 30_000, keptBytes: 1_500 });
});
