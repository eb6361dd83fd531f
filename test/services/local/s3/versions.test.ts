import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import { Bucket, put, s3Client, startS3 } from '../support/local-s3.ts';
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
