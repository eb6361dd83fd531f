import { gzipSync } from 'node:zlib';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import {
  type PromisedUpload,
  parseJson,
  png,
  type SignedInUser,
  type SignedPut,
  sendPut,
  sha256,
  signIn,
} from '../support/client.ts';
import { begin, film, partOf, presign, put } from '../support/multipart.ts';
import { operatorsBucket } from '../support/operators-bucket.ts';
import { startTestStack } from '../support/test-stack.ts';

const stack = await startTestStack(t);
const { s3, bucketName } = operatorsBucket(t, stack);

/** 20 MB in 20 KB. */
const BOMB = new Uint8Array(gzipSync(Buffer.alloc(20_000_000)));

/** Headers that no signature covers, and that S3 stores with the object. */
const UNSIGNED = {
  'cache-control': 'public, max-age=31536000',
  'content-disposition': 'inline; filename="invoice.exe"',
  'content-encoding': 'gzip',
  'content-language': 'xx',
  expires: 'Thu, 01 Jan 2037 00:00:00 GMT',
};

async function signedPut(user: SignedInUser, name: string, bytes: Uint8Array): Promise<SignedPut> {
  const asked = { name, type: 'image/png', size: bytes.length, sha256: sha256(bytes), replace: true };
  return (await parseJson<PromisedUpload>(await user.post('/api/uploads', asked))).upload;
}

const having = (upload: SignedPut, headers: Record<string, string>): SignedPut => ({
  ...upload,
  headers: { ...upload.headers, ...headers },
});

async function storedEncoding(user: SignedInUser, name: string): Promise<string | undefined> {
  const Key = `users/${user.id}/${name}`;
  return (await s3.send(new HeadObjectCommand({ Bucket: bucketName, Key }))).ContentEncoding;
}

/** Checks that an answer has the stored bytes as a download, and nothing that the sender of the object chose. */
async function isPlainDownload(t: Test, answer: Response, bytes: Uint8Array): Promise<void> {
  const { headers } = answer;
  t.equal(answer.status, 200);
  t.strictSame(
    [headers.get('content-type'), headers.get('content-disposition')],
    ['application/octet-stream', 'attachment'],
  );
  t.strictSame(
    ['content-encoding', 'content-language', 'expires'].map((name) => headers.get(name)),
    [null, null, null],
  );
  t.match(headers.get('cache-control'), /^private, /);
  t.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes), 'the stored bytes, not decoded');
}

t.test('an encoded upload is a download of the stored bytes, for its owner and by a link', async (t) => {
  const user = await signIn(stack, 'alice');
  const upload = having(await signedPut(user, 'bomb.png', BOMB), UNSIGNED);
  t.equal((await sendPut(stack, upload, BOMB)).status, 200, 'S3 takes headers that are not signed');
  t.equal(await storedEncoding(user, 'bomb.png'), 'gzip');
  const { url } = await parseJson<{ url: string }>(await user.post('/api/shares', { name: 'bomb.png' }));
  await isPlainDownload(t, await fetch(url), BOMB);
  await isPlainDownload(t, await user.request(`${stack.filesOrigin}/users/${user.id}/bomb.png`), BOMB);
});

t.test('an encoded thumbnail is one too', async (t) => {
  const user = await signIn(stack, 'bob');
  await user.upload({ name: 'a.png', type: 'image/png', bytes: png() });
  const asked = { name: 'a.png', size: BOMB.length, sha256: sha256(BOMB) };
  const { upload } = await parseJson<{ upload: SignedPut }>(await user.post('/api/thumbnails', asked));
  t.equal((await sendPut(stack, having(upload, UNSIGNED), BOMB)).status, 200);
  t.equal(await storedEncoding(user, '.thumbnails/a.png'), 'gzip');
  await isPlainDownload(
    t,
    await user.request(`${stack.filesOrigin}/users/${user.id}/.thumbnails/a.png`),
    BOMB,
  );
});

t.test('an image shows no header that its upload added, with or without a condition', async (t) => {
  const user = await signIn(stack, 'carol');
  const { 'content-encoding': _, ...others } = UNSIGNED;
  const bytes = png('shown');
  const upload = having(await signedPut(user, 'a.png', bytes), others);
  t.equal((await sendPut(stack, upload, bytes)).status, 200);
  const address = `${stack.filesOrigin}/users/${user.id}/a.png`;
  const whole = await user.request(address);
  t.equal(whole.headers.get('content-type'), 'image/png');
  const again = await user.request(address, {
    headers: { 'if-none-match': whole.headers.get('etag') ?? '' },
  });
  t.strictSame([whole.status, again.status], [200, 304]);
  for (const [index, { headers }] of [whole, again].entries()) {
    t.equal(headers.get('cache-control'), 'private, no-cache', `row ${index}`);
    for (const name of ['content-disposition', 'content-language', 'expires'])
      t.equal(headers.get(name), null, name);
  }
});

t.test('S3 refuses x-amz headers that are not signed', async (t) => {
  const user = await signIn(stack, 'dave');
  const bytes = png('metadata');
  const upload = await signedPut(user, 'a.png', bytes);
  for (const name of ['x-amz-meta-a', 'x-amz-website-redirect-location', 'x-amz-tagging', 'x-amz-acl'])
    t.equal((await sendPut(stack, having(upload, { [name]: 'a' }), bytes)).status, 403, name);
});

t.test('a file in parts has the headers of its beginning, which the service sends', async (t) => {
  const user = await signIn(stack, 'erin');
  const bytes = film();
  const { upload } = await begin(user, 'film.mp4');
  for (const number of [1, 2, 3]) {
    const part = partOf(bytes, number, upload);
    const answer = await put(await presign(user, upload.id, number, part), part, UNSIGNED);
    t.equal(answer.status, 200, `${number}`);
  }
  t.equal((await user.post(`/api/uploads/${upload.id}/complete`)).status, 200);
  t.equal(await storedEncoding(user, 'film.mp4'), undefined);
  const answer = await user.request(`${stack.filesOrigin}/users/${user.id}/film.mp4`);
  t.equal(answer.headers.get('content-type'), 'video/mp4');
  t.equal(answer.headers.get('content-disposition'), null);
  t.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
});
