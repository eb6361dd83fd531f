import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import t from 'tap';
import {
  type FileList,
  type PromisedUpload,
  parseJson,
  png,
  type SignedInUser,
  type SignedPut,
  sendPut,
  sha256,
  signIn,
} from '../support/client.ts';
import { type BegunUpload, FILM_BYTES, film as filmBytes, putParts } from '../support/multipart.ts';
import { operatorsBucket } from '../support/operators-bucket.ts';
import { startTestStack } from '../support/test-stack.ts';

const stack = await startTestStack(t);
const { appOrigin, filesOrigin } = stack;
const bytes = png('a thumbnail, as far as the service knows');

const ask = (user: SignedInUser, name: string, picture: Uint8Array<ArrayBuffer> = bytes) =>
  user.post('/api/thumbnails', { name, size: picture.length, sha256: sha256(picture) });
async function addThumbnail(user: SignedInUser, name: string, picture = bytes): Promise<SignedPut> {
  const answer = await ask(user, name, picture);
  if (answer.status !== 201) throw new Error(`refused: ${await answer.text()}`);
  const { upload } = await parseJson<{ upload: SignedPut }>(answer);
  const { status } = await sendPut(stack, upload, picture);
  if (status !== 200) throw new Error(`S3 answers ${status}`);
  return upload;
}
const addFile = (user: SignedInUser, name: string, content = png()) =>
  user.upload({ name, type: 'image/png', bytes: content, replace: true });
const list = async (user: SignedInUser, query = '') =>
  (await parseJson<FileList>(await user.request(`${appOrigin}/api/files${query}`))).files;
const thumbnailOf = async (user: SignedInUser, name: string) =>
  (await list(user)).find((file) => file.name === name)?.thumbnailUrl;
const codeOf = async (answer: Response) =>
  `${answer.status} ${(await parseJson<{ code?: string }>(answer)).code}`;

t.test('a thumbnail is signed for one content, and lies in the folder of its file', async (t) => {
  const user = await signIn(stack, 'alice');
  await addFile(user, '写真 1.png');
  const upload = await addThumbnail(user, '写真 1.png');
  t.strictSame(upload.headers, {
    'content-type': 'image/webp',
    'x-amz-checksum-sha256': Buffer.from(sha256(bytes), 'hex').toString('base64'),
    'x-amz-content-sha256': sha256(bytes),
  });
  const { pathname, searchParams } = new URL(upload.url);
  t.ok(pathname.endsWith(`/users/${user.id}/.thumbnails/%E5%86%99%E7%9C%9F%201.png`));
  t.equal(searchParams.get('X-Amz-Expires'), '60');
  t.match(searchParams.get('X-Amz-SignedHeaders'), /content-length;content-type;/);
  t.equal((await sendPut(stack, upload, png('other'))).status, 403, 'other bytes');
  t.equal((await sendPut(stack, upload, bytes)).status, 200, 'a second request does no harm');
  t.ok(stack.logLines.some((line) => line.includes('thumbnail_asked') && line.includes(user.id)));

  const files = await list(user);
  t.strictSame(
    files.map(({ name }) => name),
    ['写真 1.png'],
  );
  const url = files[0]?.thumbnailUrl ?? '';
  t.match(
    url,
    new RegExp(`^${filesOrigin}/users/${user.id}/.thumbnails/%E5%86%99%E7%9C%9F%201.png[?]v=[0-9a-f]{32}$`),
  );
  const answer = await user.request(url);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('content-type'), 'image/webp');
  t.match(answer.headers.get('cache-control'), 'immutable');
  t.match(answer.headers.get('content-security-policy'), 'sandbox');
  t.strictSame(new Uint8Array(await answer.arrayBuffer()), bytes);
});

t.test('which requests are refused, and in which order', async (t) => {
  const user = await signIn(stack, 'bob');
  await addFile(user, 'a.png');
  const sha = sha256(bytes);
  const tooLarge = { size: 65_537, sha256: sha };
  const post = async (body: object) => codeOf(await user.post('/api/thumbnails', body));
  t.equal(await post({ name: 'a.png', size: 65_536, sha256: sha }), '201 undefined');
  t.equal(await post({ name: 'a.png', ...tooLarge }), '413 file_too_large');
  t.equal(await post({ name: 'b.png', ...tooLarge }), '404 no_such_file');
  t.equal(await post({ name: '.thumbnails/a.png', ...tooLarge }), '422 invalid_name');
  t.equal(await post({ name: '../a.png', ...tooLarge }), '422 invalid_name');
  t.equal(await post({ name: '../a.png', size: 0, sha256: sha }), '400 bad_request');
  for (const more of [{ type: 'image/png' }, { replace: true }, { key: 'x' }]) {
    t.equal(
      await post({ name: 'a.png', size: 1, sha256: sha, ...more }),
      '400 bad_request',
      JSON.stringify(more),
    );
  }
  t.equal(await post({ name: 'a.png', size: 1 }), '400 bad_request');
  const long = 'a'.repeat(1_024 - `users/${user.id}/`.length);
  await addFile(user, long);
  t.equal(
    await post({ name: long, size: 1, sha256: sha }),
    '422 invalid_name',
    'a name that leaves no room for its thumbnail',
  );
  t.equal((await user.delete(`/api/files?name=${long}`)).status, 204);
  const elsewhere = await user.request(`${appOrigin}/api/thumbnails`, {
    method: 'POST',
    headers: { origin: filesOrigin },
  });
  t.equal(await codeOf(elsewhere), '403 cross_origin');
});

t.test('a name below the folder of thumbnails is refused everywhere else', async (t) => {
  const user = await signIn(stack, 'carol');
  await addFile(user, 'a.png');
  await addThumbnail(user, 'a.png');
  const name = '.thumbnails/a.png';
  const small = { name, type: 'image/webp', size: bytes.length, sha256: sha256(bytes), replace: true };
  t.equal(await codeOf(await user.post('/api/uploads', small)), '422 invalid_name');
  t.equal(await codeOf(await user.post('/api/uploads', { ...small, size: FILM_BYTES })), '422 invalid_name');
  t.equal(await codeOf(await user.post('/api/shares', { name })), '422 invalid_name');
  t.equal(await codeOf(await user.delete(`/api/files?name=${name}`)), '422 invalid_name');
  for (const query of ['?prefix=.thumbnails/', '?prefix=.thumbnails/a', `?cursor=${btoa('.thumbnails/')}`]) {
    t.strictSame(
      await list(user, query).then((files) => files.filter((file) => file.name !== 'a.png')),
      [],
      query,
    );
  }
  t.ok(await thumbnailOf(user, 'a.png'));
});

t.test('a replaced or deleted file loses its thumbnail first', async (t) => {
  const user = await signIn(stack, 'dave');
  const { s3, bucketName } = operatorsBucket(t, stack);
  const isStored = async () => {
    const Prefix = `users/${user.id}/.thumbnails/`;
    return (await s3.send(new ListObjectsV2Command({ Bucket: bucketName, Prefix }))).KeyCount === 1;
  };
  await addFile(user, 'a.png');
  await addThumbnail(user, 'a.png');
  const wanted = { name: 'a.png', type: 'image/png', size: bytes.length, sha256: sha256(bytes) };
  await user.post('/api/uploads', wanted);
  t.ok(await thumbnailOf(user, 'a.png'), 'an upload that may not replace keeps the thumbnail');
  const { upload } = await parseJson<PromisedUpload>(
    await user.post('/api/uploads', { ...wanted, replace: true }),
  );
  t.notOk(await isStored(), 'before a byte of the new file is sent');
  await addThumbnail(user, 'a.png');
  t.equal((await sendPut(stack, upload, bytes)).status, 200);
  t.ok(await isStored());
  t.equal(
    await thumbnailOf(user, 'a.png'),
    undefined,
    'a thumbnail that came in between is older than the file',
  );
  await addThumbnail(user, 'a.png');
  t.ok(await thumbnailOf(user, 'a.png'));

  const film = { name: 'a.png', type: 'video/mp4', size: FILM_BYTES, replace: true };
  const inParts = await parseJson<BegunUpload>(await user.post('/api/uploads', film));
  await putParts(user, inParts.upload, filmBytes(), [1, 2, 3]);
  t.ok(await thumbnailOf(user, 'a.png'), 'in parts: as long as the old file is there');
  t.equal((await user.post(`/api/uploads/${inParts.upload.id}/complete`)).status, 200);
  t.notOk(await isStored());
  await addThumbnail(user, 'a.png');
  t.ok(await thumbnailOf(user, 'a.png'));
  t.equal((await user.post(`/api/uploads/${inParts.upload.id}/complete`)).status, 200);
  t.ok(await isStored(), 'a second request keeps the thumbnail of the new file');
  t.equal((await user.delete('/api/files?name=a.png')).status, 204);
  t.notOk(await isStored());
});

t.test('the same cookies open it, nobody else’s do, and a sign-out ends them', async (t) => {
  const user = await signIn(stack, 'erin');
  const other = await signIn(stack, 'frank');
  await addFile(user, 'a.png');
  await addThumbnail(user, 'a.png');
  const url = (await thumbnailOf(user, 'a.png')) ?? '';
  const { pathname } = new URL(url);
  const cookie = user.jar.header(pathname);
  const ofOther = other.jar.header(`/users/${other.id}/`);
  t.equal((await fetch(url, { headers: { cookie } })).status, 200);
  t.equal((await fetch(url)).status, 403);
  t.equal((await fetch(url, { headers: { cookie: ofOther } })).status, 403);
  t.equal(await codeOf(await ask(other, 'a.png')), '404 no_such_file', 'the request means their own folder');

  const share = await parseJson<{ url: string }>(await user.post('/api/shares', { name: 'a.png' }));
  t.equal((await fetch(share.url)).status, 200);
  const moved = share.url.replace(`/users/${user.id}/`, `/users/${user.id}/.thumbnails/`);
  t.equal((await fetch(moved)).status, 403, 'a link to the file does not open its thumbnail');

  t.equal((await user.post('/auth/logout')).status, 200);
  const refused = await fetch(url, { headers: { cookie } });
  t.equal(refused.headers.get('clear-site-data'), '"cache"');
  t.equal(await codeOf(refused), '403 revoked');
});
