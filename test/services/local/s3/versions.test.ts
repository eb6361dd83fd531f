import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { Bucket, get, put, s3Client, startS3, TEMPLATE } from '../support/local-s3.ts';
import { askAll } from '../support/version-questions.ts';
import { VERSIONED_TEMPLATE } from '../support/versioned-template.ts';

type Options = NonNullable<Parameters<typeof startS3>[0]>;

/** A bucket that keeps versions for seven days, unless the options have another template. */
async function startBucket(t: Test, options: Options = {}) {
  const { store, port, directory } = await startS3({ template: VERSIONED_TEMPLATE, ...options });
  t.teardown(() => store.close());
  const client = s3Client(port);
  t.teardown(() => client.destroy());
  /** The keys of all versions, and of delete markers with a `!`, newest first. */
  const versions = async () => {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    return [...Versions.map(({ Key }) => Key), ...DeleteMarkers.map(({ Key }) => `!${Key}`)];
  };
  const remove = (Key: string, VersionId?: string) =>
    client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  return {
    client,
    port,
    directory,
    store,
    versions,
    remove,
    files: () => readdirSync(join(directory, 'data')),
  };
}

t.test('answers about versions, copies and tags as S3 does', async (t) => {
  const { client } = await startBucket(t);
  for (const [[name, , answer], given] of await askAll(client, Bucket)) t.equal(given, answer, name);
});

t.test('keeps versions and their bytes over a restart', async (t) => {
  const first = await startBucket(t);
  const { VersionId } = await first.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'one' }));
  await put(first.client, 'k', 'two');
  await first.remove('k');
  await put(first.client, 'deleted');
  await first.remove('deleted');
  const before = await first.client.send(new ListObjectVersionsCommand({ Bucket }));
  await first.store.close();

  const second = await startBucket(t, { directory: first.directory });
  const after = await second.client.send(new ListObjectVersionsCommand({ Bucket }));
  t.strictSame([after.Versions, after.DeleteMarkers], [before.Versions, before.DeleteMarkers]);
  t.equal(second.files().length, 3);
  const { Body } = await second.client.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId }));
  t.equal(await Body?.transformToString(), 'one');
  const later = await second.client.send(new PutObjectCommand({ Bucket, Key: 'later', Body: '' }));
  t.ok((later.VersionId ?? '') > (VersionId ?? '~'), 'ids grow over a restart');
  await second.remove('later', later.VersionId);
  for (const { Key = '', VersionId } of [...(after.Versions ?? []), ...(after.DeleteMarkers ?? [])])
    await second.remove(Key, VersionId);
  t.strictSame(
    [await second.versions(), second.files()],
    [[], []],
    'what is deleted by its id leaves nothing',
  );
});

t.test(
  'while hundreds of objects are deleted, other requests are answered, and no write is lost',
  async (t) => {
    const { client } = await startBucket(t);
    const keys = Array.from({ length: 500 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => put(client, key)));
    const count = async () => (await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount ?? 0;
    const Objects = keys.map((Key) => ({ Key }));
    let isDone = false;
    const deleting = client
      .send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
      .finally(() => (isDone = true));
    const counts: number[] = [];
    while (!isDone) counts.push(await count());
    t.equal((await deleting).Deleted?.length, 500);
    t.ok(
      counts.some((left) => left > 0 && left < 500),
      'a list sees some of them deleted, and others not yet',
    );

    const twice = { Bucket, Delete: { Objects: [{ Key: 'k0' }, { Key: 'k0' }] } };
    const before =
      (await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'k0' }))).Versions ?? [];
    const made = await Promise.all([
      ...Array.from({ length: 10 }, () =>
        client.send(new PutObjectCommand({ Bucket, Key: 'k0', Body: 'x' })),
      ),
      ...Array.from({ length: 10 }, () => client.send(new DeleteObjectCommand({ Bucket, Key: 'k0' }))),
      client.send(new DeleteObjectCommand({ Bucket, Key: 'k0', VersionId: before[0]?.VersionId })),
    ]);
    const { Deleted = [] } = await client.send(new DeleteObjectsCommand(twice));
    const all = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'k0' }));
    const kept = [...(all.Versions ?? []), ...(all.DeleteMarkers ?? [])].map(({ VersionId }) => VersionId);
    const answered = [
      ...made.slice(0, -1).map(({ VersionId }) => VersionId),
      ...Deleted.map(({ DeleteMarkerVersionId }) => DeleteMarkerVersionId),
    ];
    t.ok(
      answered.every((id) => kept.includes(id)),
      'each version and each marker that was answered is there',
    );
    // One marker more is of the first deletion.
    t.equal(kept.length, answered.length + 1);
  },
);

t.test('objects of a bucket that kept no versions stay, under the id null', async (t) => {
  const plain = await startBucket(t, { template: TEMPLATE });
  const { VersionId } = await plain.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'old' }));
  t.equal(VersionId, undefined, 'it names no version');
  // Before there were versions, a record was the object itself.
  const objects = join(plain.directory, 'objects');
  const [file = ''] = readdirSync(objects);
  const { key, record } = JSON.parse(readFileSync(join(objects, file), 'utf8'));
  const [{ versionId, ...object }] = record;
  t.equal(versionId, 'null');
  await plain.store.close();
  writeFileSync(join(objects, file), JSON.stringify({ key, record: object }));

  const kept = await startBucket(t, { directory: plain.directory });
  const current = await kept.client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  t.equal(current.VersionId, 'null');
  t.equal(await current.Body?.transformToString(), 'old');
  await put(kept.client, 'k', 'new');
  await put(kept.client, 'k', 'newer');
  await kept.store.close();

  // The bucket keeps no versions any more, so it is as one whose versioning is suspended.
  const again = await startBucket(t, { template: TEMPLATE, directory: plain.directory });
  t.equal(await get(again.client, 'k'), 'newer');
  await put(again.client, 'k', 'null again');
  t.strictSame(await again.versions(), ['k', 'k', 'k'], 'it takes the place of the first null version');
  t.match(await again.remove('k'), { DeleteMarker: true, VersionId: 'null' });
  t.strictSame(await again.versions(), ['k', 'k', '!k']);
  await put(again.client, 'other');
  t.match(await again.remove('other'), { DeleteMarker: undefined, VersionId: undefined });
  t.equal(again.files().length, 2);
});

t.test('keeps noncurrent versions for the days of the rule, up to midnight', async (t) => {
  let nowMs = 0;
  const bucket = await startBucket(t, { now: () => nowMs });
  const { client, versions, remove, files } = bucket;
  const at = (time: string) => {
    nowMs = Date.parse(time);
    // The SDK takes the true time from the Date header of each answer.
    client.config.systemClockOffset = nowMs - Date.now();
  };
  const step = async (time: string, change: () => Promise<unknown>) => {
    at(time);
    await change();
    at(time);
  };
  await step('2026-11-01T12:00:00Z', () => put(client, 'replaced', '1'));
  await step('2026-11-01T12:00:00Z', () => put(client, 'deleted', '1'));
  await step('2026-11-10T12:00:00Z', () => put(client, 'replaced', '2'));
  await step('2026-11-10T12:00:00Z', () => remove('deleted'));
  await step('2026-11-10T12:00:00Z', () => put(client, 'open', '1'));
  t.equal(files().length, 4, 'its age does not count, but the time since it was replaced');
  at('2026-11-17T23:59:59Z');
  t.strictSame(await versions(), ['deleted', 'open', 'replaced', 'replaced', '!deleted']);
  at('2026-11-18T00:00:01Z');
  t.strictSame(await versions(), ['open', 'replaced'], 'the marker goes with the last version behind it');
  t.equal(files().length, 2);
  at('2026-11-18T00:00:01Z');
  await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'open' }));
  at('2026-11-20T00:00:01Z');
  t.strictSame((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? [], []);
  await bucket.store.close();

  const second = await startBucket(t, { directory: bucket.directory, now: () => Date.now() });
  await put(second.client, 'open', '2');
  await second.remove('open');
  await second.store.close();
  const json = JSON.stringify(VERSIONED_TEMPLATE);
  for (const [template, left] of [
    [JSON.parse(json.replace('"ExpiredObjectDeleteMarker":true,', '')), ['replaced', '!open']],
    [VERSIONED_TEMPLATE, ['replaced']],
  ]) {
    const now = () => Date.now() + 9 * 86_400_000;
    const later = await startBucket(t, { directory: bucket.directory, now, template });
    t.equal(later.files().length, 1, 'also at a start');
    later.client.config.systemClockOffset = now() - Date.now();
    t.strictSame(await later.versions(), left, 'a marker goes only if the rule says so');
    await later.store.close();
  }
});
