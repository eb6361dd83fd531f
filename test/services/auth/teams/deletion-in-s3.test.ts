import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { folderKey, parseStoredName } from '../../../../core/file-name.ts';
import { newTeamId, type Owner, teamOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { createDetailsStore } from '../../../../services/auth/details/table.ts';
import type { ObjectStore } from '../../../../services/auth/files/bucket.ts';
import { createObjectStore } from '../../../../services/auth/files/bucket.ts';
import { createPutPresigner } from '../../../../services/auth/files/put-presigner.ts';
import { createDeletion } from '../../../../services/auth/teams/deletion.ts';
import { newTeam, withDeletion, withSettled } from '../../../../services/auth/teams/team.ts';
import { BUCKET, Bucket, put, SCHEDULE, s3Client, startS3 } from '../../local/support/local-s3.ts';
import { DETAILS_TABLE_NAME, startStore, storesOf } from '../support/service.ts';

const NOW = 1_795_600_000;
const DAY = 24 * 60 * 60;
const ANN = parseUserId('ann');

const { store, port } = await startS3();
t.teardown(() => store.close());
const operator = s3Client(port);
const schedule = s3Client(port, SCHEDULE);
t.teardown(() => {
  operator.destroy();
  schedule.destroy();
});

async function objectStore(s3: S3Client): Promise<ObjectStore> {
  const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: Date.now });
  return createObjectStore({ s3, bucketName: BUCKET, presigner });
}

/** A test cannot wait until hundreds of files are written. */
function inShortPages(objects: ObjectStore): ObjectStore {
  return { ...objects, list: (query) => objects.list({ ...query, limit: 20 }) };
}

async function keysBelow(Prefix: string): Promise<string[]> {
  const { Contents = [] } = await operator.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.map(({ Key }) => Key ?? '');
}

t.test('with the rights of the schedule, a deleted team is swept twice, and nothing else', async (t) => {
  const { tableName } = await startStore(t);
  const db = new DynamoDBClient({});
  t.teardown(() => db.destroy());
  const { teams, due } = storesOf({ db, tableName });
  const detailsStore = createDetailsStore({ db, tableName: DETAILS_TABLE_NAME });
  const [gone, kept] = [newTeamId(), newTeamId()];
  const made = withSettled(newTeam('Photos', { userId: ANN }, NOW), [ANN]);
  const deleted = withDeletion(made, ANN, NOW);
  t.ok(deleted && (await teams.write(gone, 0, withSettled(deleted, [ANN]))));
  await teams.write(kept, 0, made);
  const folder = folderKey(teamOwner(gone));
  const others = [`${folderKey(teamOwner(kept))}a.jpg`, `users/${gone}/a.jpg`];
  for (const key of others) await put(operator, key);
  await Promise.all(Array.from({ length: 45 }, (_, i) => put(operator, `${folder}${i} ü&+.jpg`, 'x')));
  await put(operator, `${folder}.thumbnails/1 ü&+.jpg`);

  // More than the table deletes at once.
  const described = (owner: Owner, name: string) =>
    detailsStore.write({ owner, name: parseStoredName(name, owner) }, 0, {
      uploads: [],
      content: { etag: 'e', width: 1 },
    });
  for (let i = 0; i < 30; i++) await described(teamOwner(gone), `p${i}`);
  await described(teamOwner(kept), 'p');

  let nowEpoch = NOW;
  const failures: unknown[] = [];
  const clock = { now: () => nowEpoch * 1_000, monotonicMs: () => performance.now(), sleep: async () => {} };
  const deletion = createDeletion({
    objects: inShortPages(await objectStore(schedule)),
    ...{ teams, due, detailsStore, clock, onFailure: (error) => failures.push(error) },
  });
  t.equal(await deletion.sweep(60_000), 0);
  t.strictSame(failures, []);
  t.strictSame(await keysBelow(folder), []);
  t.equal((await detailsStore.between(teamOwner(gone), 'a', 'z')).size, 0, 'its details are gone too');
  t.equal((await detailsStore.between(teamOwner(kept), 'a', 'z')).size, 1);
  t.strictSame((await teams.read(gone))?.team.deleting, { sinceEpoch: NOW, sweptEpoch: NOW });

  await put(operator, `${folder}late.jpg`);
  nowEpoch += DAY - 1;
  t.equal(await deletion.sweep(60_000), 0);
  t.equal((await keysBelow(folder)).length, 1, 'not before a day has passed');
  nowEpoch += 1;
  t.equal(await deletion.sweep(60_000), 0);
  t.strictSame(await keysBelow(folder), []);
  const done = { sinceEpoch: NOW, sweptEpoch: NOW, doneEpoch: NOW + DAY };
  t.match((await teams.read(gone))?.team, { name: '', deleting: done });
  t.strictSame(await due.list('sweep', 9), []);
  t.strictSame((await keysBelow('')).toSorted(), others.toSorted());
});

t.test('the schedule cannot touch a user, an upload in parts, or the list of those', async (t) => {
  const objects = await objectStore(schedule);
  await put(operator, 'users/bob/a.jpg');
  const keys = ['users/bob/a.jpg', 'teams/none'];
  t.strictSame(await objects.deleteMany(keys), [
    { key: 'users/bob/a.jpg', code: 'AccessDenied' },
    { key: 'teams/none' },
  ]);
  await t.rejects(objects.delete('users/bob/a.jpg'), { code: 'files_unavailable' });
  await t.rejects(objects.list({ prefix: 'users/bob/', limit: 9 }), { code: 'files_unavailable' });
  await t.rejects(objects.list({ prefix: '', limit: 9 }), { code: 'files_unavailable' });
  await t.rejects(put(schedule, 'teams/x/a.jpg'), { name: 'AccessDenied' });
  t.strictSame(await keysBelow('users/bob/'), ['users/bob/a.jpg']);
  const Key = 'teams/x/film.mp4';
  const { UploadId } = await operator.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
  await t.rejects(schedule.send(abort), { name: 'AccessDenied' });
  await t.rejects(schedule.send(new ListMultipartUploadsCommand({ Bucket })), { name: 'AccessDenied' });
  await operator.send(abort);
});
