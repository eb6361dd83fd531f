import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import t from 'tap';
import { parseUserId, type UserId } from '../../../../core/user-id.ts';
import { createObjectStore } from '../../../../services/auth/adapters/objects.ts';
import { createPutPresigner } from '../../../../services/auth/adapters/put-presigner.ts';
import { listFiles } from '../../../../services/auth/domain/listing.ts';
import type { StoredObject } from '../../../../services/local/s3/bucket.ts';
import { createDataFiles, openRecords } from '../../../../services/local/s3/data-files.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { BUCKET, ROLE, s3Client, startS3 } from '../../local/support/local-s3.ts';

const MANY = 100_000;
const ROUNDS = 15;

t.setTimeout(600_000);

t.test('a page of 100,000 files with thumbnails costs as much as a page of 100', async (t) => {
  const directory = temporaryDirectory(t);
  const records = openRecords<StoredObject>(
    join(directory, 'objects'),
    createDataFiles(join(directory, 'data')),
    () => [],
  );
  const empty = {
    pieces: [],
    size: 0,
    etag: '"d41d8cd98f00b204e9800998ecf8427e"',
    lastModifiedMs: 0,
    headers: {},
  };
  const keyOf = (folder: string, index: number) => `users/${folder}/${String(index).padStart(6, '0')}.png`;
  const thumbnailOf = (key: string) => key.replace(/[^/]+$/, '.thumbnails/$&');
  for (const [folder, count] of [
    ['many', MANY],
    ['few', 100],
  ] as const) {
    for (let index = 0; index < count; index++) {
      records.set(keyOf(folder, index), empty);
      records.set(thumbnailOf(keyOf(folder, index)), empty);
    }
  }
  const { store, port } = await startS3({ directory });
  t.teardown(() => store.close());
  const s3 = s3Client(port, ROLE);
  let requests = 0;
  s3.middlewareStack.add(
    (next) => (args) => {
      requests++;
      return next(args);
    },
    { step: 'finalizeRequest' },
  );
  const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: Date.now });
  const objects = createObjectStore({ s3, bucketName: BUCKET, presigner });
  const few = parseUserId('few');
  const many = parseUserId('many');
  const nameOf = (index: number) => keyOf('', index).slice('users//'.length);
  const pages: Record<string, [UserId, string]> = {
    'of 100': [few, ''],
    'the first of 100,000': [many, ''],
    'the middle of 100,000': [many, nameOf(MANY / 2)],
    'the last of 100,000': [many, nameOf(MANY - 101)],
  };
  const times: Record<string, number[]> = {};
  await listFiles(objects, few, { prefix: '', after: '', limit: 100 });
  requests = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [userId, after]] of Object.entries(pages)) {
      const began = performance.now();
      const { files } = await listFiles(objects, userId, { prefix: '', after, limit: 100 });
      times[name] = [...(times[name] ?? []), performance.now() - began];
      if (files.filter(({ thumbnail }) => thumbnail).length !== 100) t.fail(`${name}: ${files.length} files`);
    }
  }
  t.equal(requests, 2 * ROUNDS * Object.keys(pages).length, 'two requests a page');
  const least = (name: string) => Math.min(...(times[name] ?? []));
  for (const name of Object.keys(pages)) {
    t.comment(`${name}: ${least(name).toFixed(1)} ms`);
    t.ok(least(name) < 3 * least('of 100'), name);
  }
  const whole: string[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const page = await listFiles(objects, many, { prefix: '', after, limit: 1_000 });
    whole.push(...page.files.flatMap(({ key, thumbnail }) => (thumbnail ? [key] : [])));
    after = page.last;
  }
  t.equal(new Set(whole).size, MANY, 'page by page, each file once');
  t.equal(whole.length, MANY);
});
