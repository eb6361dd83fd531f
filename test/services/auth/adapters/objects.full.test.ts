import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import t from 'tap';
import { createObjectStore } from '../../../../services/auth/adapters/objects.ts';
import { createPutPresigner } from '../../../../services/auth/adapters/put-presigner.ts';
import type { StoredObject } from '../../../../services/local/s3/bucket.ts';
import { createDataFiles } from '../../../../services/local/s3/data-files.ts';
import { openRecords } from '../../../../services/local/s3/records.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';
import { BUCKET, ROLE, s3Client, startS3 } from '../../local/local-s3.ts';

const MANY = 100_000;
const ROUNDS = 15;

t.setTimeout(600_000);

t.test('a page of 100,000 files costs what a page of 100 does', async (t) => {
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
  for (let index = 0; index < MANY; index++) records.set(keyOf('many', index), empty);
  for (let index = 0; index < 100; index++) records.set(keyOf('few', index), empty);
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
  const pages = {
    'of 100': { prefix: 'users/few/', limit: 100 },
    'the first of 100,000': { prefix: 'users/many/', limit: 100 },
    'the middle of 100,000': { prefix: 'users/many/', limit: 100, after: keyOf('many', MANY / 2) },
    'the last of 100,000': { prefix: 'users/many/', limit: 100, after: keyOf('many', MANY - 101) },
  };
  const times: Record<string, number[]> = {};
  await objects.list(pages['of 100']);
  requests = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, query] of Object.entries(pages)) {
      const began = performance.now();
      const { files } = await objects.list(query);
      times[name] = [...(times[name] ?? []), performance.now() - began];
      if (files.length !== 100) t.fail(`${name}: ${files.length} files`);
    }
  }
  t.equal(requests, ROUNDS * Object.keys(pages).length, 'one request a page');
  const least = (name: string) => Math.min(...(times[name] ?? []));
  for (const name of Object.keys(pages)) {
    t.comment(`${name}: ${least(name).toFixed(1)} ms`);
    t.ok(least(name) < 3 * least('of 100'), name);
  }
  const whole: string[] = [];
  let after: string | undefined;
  do {
    const page = await objects.list({ prefix: 'users/many/', limit: 1_000, ...(after ? { after } : {}) });
    whole.push(...page.files.map(({ key }) => key));
    after = page.lastKey;
  } while (after);
  t.equal(new Set(whole).size, MANY, 'page by page, each file once');
  t.equal(whole.length, MANY);
});
