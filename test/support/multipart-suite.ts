import { ListPartsCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { createMultipartStore } from '../../services/auth/files/multipart.ts';
import { createPutPresigner } from '../../services/auth/files/put-presigner.ts';
import { type FileList, parseJson, signIn } from './client.ts';
import {
  begin,
  type CompletedFile,
  FILM_BYTES,
  film,
  hex,
  partOf,
  presign,
  put,
  putParts,
  type UploadState,
} from './multipart.ts';
import type { TestStack } from './test-stack.ts';

export interface Bucket {
  /** A client with the operator's credentials. */
  s3: S3Client;
  bucketName: string;
  /** Path style, without a slash at the end. */
  bucketUrl: string;
}

const NAME = "film's 写真 (1).mp4";

/** Uploads in parts, over sockets: the same for every S3. */
export function multipartSuite(t: Test, stack: TestStack, bucket: Bucket): void {
  const { appOrigin } = stack;
  const codeOf = async (answer: Response) =>
    `${answer.status} ${(await parseJson<{ code: string }>(answer)).code}`;

  t.test('a file of 17 MB in three parts, resumed once, and completed twice', async (t) => {
    const alice = await signIn(stack, 'alice');
    const bytes = film();
    const begun = await begin(alice, NAME);
    const { id, partSize, parts } = begun.upload;
    t.equal(parts, Math.ceil(FILM_BYTES / partSize));
    const state = async () => parseJson<UploadState>(await alice.request(`${appOrigin}/api/uploads/${id}`));
    t.match(await state(), { name: NAME, size: FILM_BYTES, type: 'video/mp4', partSize });
    t.strictSame((await state()).parts, []);

    await putParts(alice, begun.upload, bytes, [3, 1]);
    t.equal(await codeOf(await alice.post(`/api/uploads/${id}/complete`)), '409 upload_incomplete');
    t.equal((await alice.request(begun.url)).status, 404, 'no file yet');
    const { parts: had } = await state();
    t.strictSame(
      had.map(({ number, size }) => [number, size]),
      [
        [1, partSize],
        [3, FILM_BYTES - 2 * partSize],
      ],
    );
    for (const { number, sha256 } of had) {
      if (sha256 !== undefined) t.equal(sha256, hex(partOf(bytes, number, begun.upload)), 'as S3 keeps it');
    }

    await putParts(alice, begun.upload, bytes, [2]);
    const answer = await alice.post(`/api/uploads/${id}/complete`);
    t.equal(answer.status, 200);
    const file = await parseJson<CompletedFile>(answer);
    t.match(file, { name: NAME, size: FILM_BYTES, type: 'video/mp4', url: `${begun.url}?v=${file.etag}` });
    const opened = await alice.request(file.url);
    t.equal(opened.headers.get('content-type'), 'video/mp4');
    t.match(opened.headers.get('cache-control'), 'immutable', 'the ETag is the one that S3 has');
    t.ok(bytes.equals(Buffer.from(await opened.arrayBuffer())), 'the same bytes');
    const { files } = await parseJson<FileList>(await alice.request(`${appOrigin}/api/files`));
    t.equal(files.length, 1);
    t.match(files[0], { name: NAME, size: FILM_BYTES, etag: file.etag, url: file.url });

    const again = await alice.post(`/api/uploads/${id}/complete`);
    t.equal(again.status, 200);
    t.strictSame(await again.json(), file, 'a second completion answers the same');
    const part = { number: 1, sha256: hex(bytes) };
    for (const ended of [
      await alice.request(`${appOrigin}/api/uploads/${id}`),
      await alice.post(`/api/uploads/${id}/parts`, { parts: [part] }),
      await alice.delete(`/api/uploads/${id}`),
    ]) {
      t.equal(await codeOf(ended), '404 no_such_upload', 'ended');
    }
    t.equal((await alice.request(file.url)).status, 200, 'the file is still there');
  });

  t.test('an address for a part takes one part, one length and one content', async (t) => {
    const alice = await signIn(stack, 'alice');
    const bob = await signIn(stack, 'bob');
    const bytes = film();
    const { upload } = await begin(alice, 'forged.mp4');
    // The last part is the smallest one.
    const last = partOf(bytes, 3, upload);
    const second = partOf(bytes, 2, upload).subarray(0, last.length);
    const part = await presign(alice, upload.id, 3, last);
    const checksum = { 'x-amz-checksum-sha256': Buffer.from(hex(second), 'hex').toString('base64') };
    const contentHash = { 'x-amz-content-sha256': hex(second) };
    t.equal(
      new URL(part.url).searchParams.get('X-Amz-SignedHeaders'),
      'content-length;host;x-amz-checksum-sha256;x-amz-content-sha256',
    );
    t.equal(part.headers['x-amz-content-sha256'], hex(last));
    const refused = async (what: string, forged: Promise<Response>) => {
      const answer = await forged;
      await answer.arrayBuffer();
      t.ok([400, 403].includes(answer.status), `${what}: ${answer.status}`);
    };
    await refused('other bytes', put(part, second));
    await refused('fewer bytes', put(part, last.subarray(1)));
    await refused('more bytes', put(part, Buffer.concat([last, Buffer.from('x')])));
    await refused('no bytes', put(part, Buffer.alloc(0)));
    await refused('another checksum', put(part, second, checksum));
    await refused('another content hash', put(part, second, contentHash));
    await refused('both', put(part, second, { ...checksum, ...contentHash }));
    await refused('no checksum', fetch(part.url, { method: 'PUT', body: last }));
    const changes: [what: string, from: string | RegExp, to: string][] = [
      ["another user's key", alice.id, bob.id],
      ['another name', 'forged.mp4', 'other.mp4'],
      ['another part', 'partNumber=3', 'partNumber=2'],
      ['a whole object', /&?(partNumber|uploadId)=[^&]+/g, ''],
      ['a longer life', 'Expires=300', 'Expires=3000'],
    ];
    for (const [what, from, to] of changes)
      await refused(what, put({ ...part, url: part.url.replace(from, to) }, last));
    await refused('reading', fetch(part.url.replace('partNumber=3&', '')));
    await refused('aborting', fetch(part.url.replace('partNumber=3&', ''), { method: 'DELETE' }));

    const key = `users/${alice.id}/forged.mp4`;
    const multipartId = new URL(part.url).searchParams.get('uploadId') ?? '';
    const presigner = await createPutPresigner({ ...bucket, now: () => Date.now() - 301_000 });
    const old = createMultipartStore({ ...bucket, presigner });
    const expired = await old.presignPart(
      { key, multipartId },
      { number: 3, size: last.length, sha256: hex(last) },
    );
    await refused('after five minutes', put({ number: 3, ...expired }, last));

    const { Parts = [] } = await bucket.s3.send(
      new ListPartsCommand({ Bucket: bucket.bucketName, Key: key, UploadId: multipartId }),
    );
    t.strictSame(Parts, [], 'nothing was stored');
    t.equal((await put(part, last)).status, 200, 'the true part');
    const beyond = { number: upload.parts + 1, sha256: hex(last) };
    t.equal(
      await codeOf(await alice.post(`/api/uploads/${upload.id}/parts`, { parts: [beyond] })),
      '400 bad_request',
    );
    t.equal((await alice.delete(`/api/uploads/${upload.id}`)).status, 204);
  });

  t.test("another user's upload does not exist", async (t) => {
    const alice = await signIn(stack, 'alice');
    const bob = await signIn(stack, 'bob');
    const bytes = film();
    const { upload } = await begin(alice, 'hers.mp4');
    await putParts(alice, upload, bytes, [3]);
    for (const id of [upload.id, 'A'.repeat(22), `../${upload.id}`, '%00']) {
      const path = `/api/uploads/${encodeURIComponent(id)}`;
      for (const answer of [
        await bob.request(appOrigin + path),
        await bob.post(`${path}/parts`, { parts: [{ number: 1, sha256: hex(bytes) }] }),
        await bob.post(`${path}/complete`),
        await bob.delete(path),
      ]) {
        t.equal(await codeOf(answer), '404 no_such_upload', id);
      }
    }
    const hers = await parseJson<UploadState>(await alice.request(`${appOrigin}/api/uploads/${upload.id}`));
    t.strictSame(
      hers.parts.map(({ number }) => number),
      [3],
      'her upload is untouched',
    );
    t.equal((await alice.delete(`/api/uploads/${upload.id}`)).status, 204);
  });

  t.test('an upload that is aborted leaves nothing', async (t) => {
    const alice = await signIn(stack, 'alice');
    const bytes = film();
    const begun = await begin(alice, 'dropped.mp4');
    const { upload } = begun;
    await putParts(alice, upload, bytes, [1]);
    const last = partOf(bytes, 3, upload);
    const part = await presign(alice, upload.id, 3, last);
    t.equal((await alice.delete(`/api/uploads/${upload.id}`)).status, 204);
    t.equal((await alice.delete(`/api/uploads/${upload.id}`)).status, 204, 'a second abort answers the same');
    t.equal((await put(part, last)).status, 404, 'an address from before the abort');
    for (const answer of [
      await alice.request(`${appOrigin}/api/uploads/${upload.id}`),
      await alice.post(`/api/uploads/${upload.id}/complete`),
    ]) {
      t.equal(await codeOf(answer), '404 no_such_upload');
    }
    await t.rejects(
      bucket.s3.send(
        new ListPartsCommand({
          Bucket: bucket.bucketName,
          Key: `users/${alice.id}/dropped.mp4`,
          UploadId: new URL(part.url).searchParams.get('uploadId') ?? '',
        }),
      ),
      // Ceph answers NoSuchKey.
      { name: /^NoSuch(Upload|Key)$/ },
      'S3 has no part',
    );
    t.equal((await alice.request(begun.url)).status, 404);
  });
}
