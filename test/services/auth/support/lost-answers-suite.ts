import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import type { Test } from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { type Owner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createObjectStore } from '../../../../services/auth/files/bucket.ts';
import { createMultipartStore } from '../../../../services/auth/files/multipart.ts';
import { createUploads } from '../../../../services/auth/files/multipart-uploads.ts';
import { createPutPresigner } from '../../../../services/auth/files/put-presigner.ts';
import { hex, put } from '../../../support/multipart.ts';
import type { Bucket } from '../../../support/multipart-suite.ts';
import { startStore, storesOf } from './service.ts';

/**
 * Answers that were lost between S3, the store and the client. Every repetition must tell what has happened.
 * @param isConditional whether this S3 obeys If-None-Match of CompleteMultipartUpload, as AWS's does
 */
export async function lostAnswersSuite(t: Test, bucket: Bucket, isConditional = true): Promise<void> {
  const { tableName } = await startStore(t);
  const db = new DynamoDBClient({});
  t.teardown(() => db.destroy());
  const { uploads: records } = storesOf({ db, tableName });
  const presigner = await createPutPresigner({ ...bucket, now: Date.now });
  const objects = createObjectStore({ ...bucket, presigner });
  const multipart = createMultipartStore({ ...bucket, presigner });
  const taken: [owner: Owner, key: string, size: number][] = [];
  let isFull = false;
  const usage = {
    async take(...room: [owner: Owner, key: string, size: number]) {
      if (isFull) throw new GatewayError('quota_exceeded');
      taken.push(room);
    },
  };
  const nowEpoch = () => Math.floor(Date.now() / 1_000);
  const details = { made: async () => {} };
  const uploads = createUploads({ records, multipart, objects, usage, details, nowEpoch });
  const crashing = createUploads({
    records: {
      ...records,
      async update(id, change) {
        if (change.outcome) throw new GatewayError('store_unavailable');
        await records.update(id, change);
      },
    },
    multipart,
    objects,
    usage,
    details,
    nowEpoch,
  });
  const gone = { code: 'no_such_upload' };
  const userId = parseUserId('carol');
  const carol = { owner: userOwner(userId), userId };
  const bytes = Buffer.from('hello');
  const { s3, bucketName } = bucket;
  const read = async (Key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket: bucketName, Key }))).Body?.transformToString();

  let uploadsBegun = 0;
  /** An upload with its one part stored. */
  async function uploaded(name: string, replace = false): Promise<{ id: string; key: string }> {
    const key = `users/${userId}/${name}`;
    const file = { key, size: bytes.length, type: 'text/plain', replace };
    const { id } = await uploads.begin(carol, file, `upload ${++uploadsBegun}`);
    for (const part of await uploads.presignParts(id, carol, [{ number: 1, sha256: hex(bytes) }])) {
      t.equal((await put(part, bytes)).status, 200);
    }
    return { id, key };
  }

  await t.test('S3 made the file, and no store noted it', async (t) => {
    const { id, key } = await uploaded('a.txt');
    await t.rejects(crashing.complete(id, carol), { code: 'store_unavailable' });
    t.equal(await read(key), 'hello', 'it is there');
    await t.rejects(uploads.read(id, carol), gone);
    await t.rejects(uploads.abort(id, carol), gone, 'too late');
    t.equal((await records.read(id))?.outcome, 'completed', 'it is noted now');
    t.equal(await read(key), 'hello');
    const { etag } = await uploads.complete(id, carol);
    t.equal((await objects.list({ prefix: key, limit: 1 })).files[0]?.etag, etag);
    t.strictSame((await uploads.complete(id, carol)).etag, etag);

    const second = await uploaded('a.txt', true);
    await t.rejects(crashing.complete(second.id, carol), { code: 'store_unavailable' });
    t.equal((await uploads.complete(second.id, carol)).etag, etag, 'without a look at it before');
  });

  await t.test('S3 made the file, and it was replaced before anybody asked again', async (t) => {
    const { id, key } = await uploaded('b.txt');
    await t.rejects(crashing.complete(id, carol), { code: 'store_unavailable' });
    await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: 'newer' }));
    await t.rejects(uploads.complete(id, carol), gone);
    t.equal(await read(key), 'newer');
  });

  await t.test('S3 dropped the upload', async (t) => {
    const { id, key } = await uploaded('c.txt');
    const { upload } = await uploads.read(id, carol);
    await multipart.abort(upload);
    await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: 'older' }));
    await t.rejects(uploads.read(id, carol), gone);
    await t.rejects(uploads.complete(id, carol), gone, 'the file there is another');
    await uploads.abort(id, carol);
    t.equal(await read(key), 'older');
  });

  await t.test('S3 dropped the upload, and nobody noted it', async (t) => {
    const { id } = await uploaded('d.txt');
    await t.rejects(crashing.abort(id, carol), { code: 'store_unavailable' });
    await uploads.abort(id, carol);
    const listParts = () => Promise.reject(new Error('S3 was asked'));
    const deaf = createUploads({
      ...{ records, objects, usage, details, nowEpoch },
      multipart: { ...multipart, listParts },
    });
    await t.rejects(deaf.complete(id, carol), gone);
  });

  await t.test('another file took the name, and it is the same', async (t) => {
    const [first, second] = [await uploaded('h.txt'), await uploaded('h.txt')];
    const { etag } = await uploads.complete(first.id, carol);
    t.equal((await uploads.complete(second.id, carol)).etag, etag, 'the same content has the same result');
    const third = await uploaded('h.txt');
    await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: third.key, Body: 'newer' }));
    if (isConditional) {
      await t.rejects(uploads.complete(third.id, carol), { code: 'file_exists' });
      await t.rejects(uploads.complete(third.id, carol), { code: 'file_exists' }, 'the same again');
      t.equal(await read(third.key), 'newer');
    } else {
      await uploads.complete(third.id, carol);
      t.equal(await read(third.key), 'hello');
    }
  });

  await t.test('a part at S3 is shorter than announced', async (t) => {
    const { id, key } = await uploaded('i.txt');
    const { multipartId: UploadId } = (await uploads.read(id, carol)).upload;
    const part = { Bucket: bucketName, Key: key, UploadId, PartNumber: 1, Body: 'hell' };
    await s3.send(new UploadPartCommand({ ...part, ChecksumAlgorithm: 'SHA256' }));
    await t.rejects(uploads.complete(id, carol), {
      ...{ code: 'upload_incomplete', message: '1 of 1 parts are missing. The first one is part 1.' },
    });
    await t.rejects(read(key), { name: 'NoSuchKey' });
    await uploads.abort(id, carol);
  });

  await t.test('there is no room for it any more', async (t) => {
    const { id, key } = await uploaded('f.txt');
    isFull = true;
    await t.rejects(uploads.complete(id, carol), { code: 'quota_exceeded' });
    await t.rejects(read(key), { name: 'NoSuchKey' });
    isFull = false;
    taken.length = 0;
    await uploads.complete(id, carol);
    t.equal(await read(key), 'hello', 'once something else has gone');
    t.strictSame(taken, [[carol.owner, key, bytes.length, id]]);
    isFull = true;
    await uploads.complete(id, carol);
    isFull = false;
  });

  await t.test('a day later', async (t) => {
    const { id, key } = await uploaded('e.txt');
    const later = (seconds: number) =>
      createUploads({ records, multipart, objects, usage, details, nowEpoch: () => nowEpoch() + seconds });
    t.equal((await later(86_400 - 600).read(id, carol)).parts.length, 1, 'not yet');
    const after = later(86_400);
    await t.rejects(after.read(id, carol), gone);
    await t.rejects(after.presignParts(id, carol, [{ number: 1, sha256: hex(bytes) }]), gone);
    await t.rejects(after.complete(id, carol), gone);
    await t.rejects(after.abort(id, carol), gone);
    await t.rejects(read(key), { name: 'NoSuchKey' });
    await uploads.abort(id, carol);
  });
}
