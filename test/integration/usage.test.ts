import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import {
  type FileList,
  nextSecond,
  type PromisedUpload,
  parseJson,
  png,
  type SignedInUser,
  sendPut,
  sha256,
  signIn,
} from '../support/client.ts';
import { FILM_BYTES } from '../support/multipart.ts';
import { startTestStack } from '../support/test-stack.ts';

const MAX_BYTES = FILM_BYTES + 1_000;
const stack = await startTestStack(t, { env: { MAX_USER_BYTES: String(MAX_BYTES) } });
const { appOrigin } = stack;
const { endpoint, ...credentials } = JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8'));
const s3 = new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true });
t.teardown(() => s3.destroy());
const put = (Key: string, Body: Buffer | string) =>
  s3.send(new PutObjectCommand({ Bucket: 'gateway-files', Key, Body }));

const used = async (user: SignedInUser) =>
  parseJson<object>(await user.request(`${appOrigin}/api/files/usage`));
const answerOf = async (answer: Response) => {
  const { code } = await parseJson<{ code?: string }>(answer);
  return code === undefined ? answer.status : `${answer.status} ${code}`;
};

t.test('usage counts every file of the user, thumbnails too, and nothing of others', async (t) => {
  const alice = await signIn(stack, 'alice');
  t.strictSame(await used(alice), { bytes: 0, keptBytes: 0, files: 0 });
  const bytes = png();
  await alice.upload({ name: 'a.png', type: 'image/png', bytes });
  await alice.upload({ name: 'b/c.png', type: 'image/png', bytes });
  await put(`users/${alice.id}/.thumbnails/a.png`, '123');
  await put(`users/${alice.id}x/a.png`, 'of a user whose id begins alike');
  t.strictSame(await used(alice), { bytes: 2 * bytes.length + 3, keptBytes: 0, files: 2 });
  const { files } = await parseJson<FileList>(await alice.request(`${appOrigin}/api/files`));
  t.strictSame(
    files.map(({ name }) => name),
    ['a.png', 'b/c.png'],
  );
  t.strictSame(await used(await signIn(stack, 'bob')), { bytes: 0, keptBytes: 0, files: 0 });
});

t.test('names below the folder of thumbnails are refused', async (t) => {
  const user = await signIn(stack, 'carol');
  await put(`users/${user.id}/.thumbnails/a.png`, '123');
  const name = '.thumbnails/a.png';
  for (const [index, answer] of [
    await user.post('/api/uploads', { name, type: 'image/png', size: 1, sha256: '0'.repeat(64) }),
    await user.post('/api/uploads', { name, type: 'video/mp4', size: FILM_BYTES }),
    await user.post('/api/shares', { name }),
    await user.delete(`/api/files?name=${encodeURIComponent(name)}`),
  ].entries()) {
    t.equal(await answerOf(answer), '422 invalid_name', `row ${index}`);
  }
  t.equal((await user.request(`${stack.filesOrigin}/users/${user.id}/${name}`)).status, 200, 'still there');
});

t.test('a request for more than the free room is refused before a byte is sent', async (t) => {
  const user = await signIn(stack, 'dave');
  await put(`users/${user.id}/a.png`, Buffer.alloc(FILM_BYTES));
  const ask = async (name: string, size: number) =>
    answerOf(await user.post('/api/uploads', { name, type: 'image/png', size, sha256: '0'.repeat(64) }));
  t.equal(await ask('b.png', 1_001), '413 quota_exceeded');
  t.equal(await ask('b.mp4', FILM_BYTES), '413 quota_exceeded', 'in parts too');
  const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => ask(`${index}.png`, 300)));
  t.strictSame(answers.toSorted(), [...Array(3).fill(201), ...Array(5).fill('413 quota_exceeded')]);
});

t.test('what was deleted takes room until the trash is emptied', async (t) => {
  const user = await signIn(stack, 'erin');
  await put(`users/${user.id}/a.png`, Buffer.alloc(FILM_BYTES));
  t.equal((await user.delete('/api/files?name=a.png')).status, 204);
  const ask = (name: string) =>
    user.post('/api/uploads', { name, type: 'image/png', size: 1_001, sha256: '0'.repeat(64) });
  const refused = await ask('b.png');
  t.equal(refused.status, 413);
  t.match(await refused.json(), { code: 'quota_exceeded', detail: /empty the trash/ });
  t.strictSame(await used(user), { bytes: FILM_BYTES, keptBytes: FILM_BYTES, files: 0 });
  await nextSecond();
  t.equal((await user.delete('/api/trash')).status, 204);
  t.strictSame(await used(user), { bytes: 0, keptBytes: 0, files: 0 });
  // The space was counted a moment ago.
  t.equal((await ask('b.png')).status, 413);
});

t.test('each write of a name takes room of its own, since what it replaces is kept', async (t) => {
  const user = await signIn(stack, 'frank');
  await put(`users/${user.id}/a.bin`, Buffer.alloc(FILM_BYTES));
  const bytes = Buffer.alloc(300);
  const wanted = { name: 'b.bin', type: 'application/octet-stream', size: 300, sha256: sha256(bytes) };
  const send = async () => {
    const answer = await user.post('/api/uploads', { ...wanted, replace: true });
    if (answer.status === 201) {
      const { upload } = await parseJson<PromisedUpload>(answer);
      t.equal((await sendPut(stack, upload, bytes)).status, 200);
    }
    return answer.status;
  };
  t.strictSame([await send(), await send(), await send(), await send()], [201, 201, 201, 413]);
  t.match(await used(user), { bytes: FILM_BYTES + 900, keptBytes: 600 });

  const other = await signIn(stack, 'grace');
  await put(`users/${other.id}/a.bin`, Buffer.alloc(FILM_BYTES));
  const statuses: number[] = [];
  for (let count = 0; count < 5; count++) {
    const answer = await other.post('/api/uploads', wanted);
    statuses.push(answer.status);
    if (answer.status !== 201) continue;
    await sendPut(stack, (await parseJson<PromisedUpload>(answer)).upload, bytes);
    await other.delete('/api/files?name=b.bin');
  }
  t.strictSame(statuses, [201, 201, 201, 413, 413], 'deleted and sent again');
});
