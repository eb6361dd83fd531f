import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { THUMBNAILS_END } from '../../../../core/file-name.ts';
import { userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { MAX_KEYS, type StoredFile } from '../../../../services/auth/domain/file-ports.ts';
import { findFiles, listFiles } from '../../../../services/auth/files/listing.ts';

const ALICE = userOwner(parseUserId('alice'));
const FOLDER = 'users/alice/';
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A bucket that lists like S3, and counts the requests. */
function bucketOf(keys: Iterable<string>, agesSeconds: ReadonlyMap<string, number> = new Map()) {
  const sorted = [...new Set(keys)].toSorted(byBytes);
  const asked: number[] = [];
  const objects = {
    async list({ prefix, after = '', limit }: { prefix: string; after?: string; limit: number }) {
      asked.push(limit);
      let low = 0;
      for (let high = sorted.length; low < high; ) {
        const middle = (low + high) >> 1;
        const key = sorted[middle] ?? '';
        if (byBytes(key, after) <= 0 || byBytes(key, prefix) < 0) low = middle + 1;
        else high = middle;
      }
      const page = sorted.slice(low, low + limit + 1).filter((key) => key.startsWith(prefix));
      const files = page.slice(0, limit).map((key): StoredFile => {
        const lastModified = new Date(1_000_000_000 - 1_000 * (agesSeconds.get(key) ?? 0));
        return { key, size: 1, etag: 'e', lastModified };
      });
      const lastKey = page.length > limit ? files.at(-1)?.key : undefined;
      return { files, ...(lastKey === undefined ? {} : { lastKey }) };
    },
  };
  return { objects, asked };
}

async function readAll(objects: ReturnType<typeof bucketOf>['objects'], prefix: string, limit: number) {
  const files: string[] = [];
  const pages: number[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    if (pages.length > 1_000) throw new Error('the list does not end');
    const page = await listFiles(objects, ALICE, { prefix, after, limit });
    files.push(...page.files.map(({ name, thumbnail }) => (thumbnail ? `${name} ${thumbnail.key}` : name)));
    pages.push(page.files.length);
    after = page.last;
  }
  return { files, pages };
}

const name = fc.constantFrom(
  ...['!', '-', '.a', '.thumbnail', '.thumbnails', '.thumbnails-', '.thumbnails0', '.z', '0', 'a', 'd/a'],
  ...[
    'd/.thumbnails/a',
    'z',
    '~',
    '写真',
    '\uffff',
    '\u{1f600}',
    '\u{10ffff}',
    '.thumbnails.',
    'a.thumbnails/b',
    // As many characters as the folder's name, and then another file's name.
    '-thumbnails-a',
  ],
);

t.test('every file once, in order, with its thumbnail, wherever the pages end', async (t) => {
  const property = fc.asyncProperty(
    fc.uniqueArray(name),
    // S3's console makes an object of a folder.
    fc.uniqueArray(fc.oneof(name, fc.constant(''))),
    fc.constantFrom(
      '',
      '.',
      '.t',
      '.thumbnails',
      'd',
      'd/',
      'a',
      '\u{1f600}',
      '.thumbnails/',
      '.thumbnails/a',
    ),
    fc.integer({ min: 1, max: 8 }),
    async (names, thumbnails, prefix, limit) => {
      const keys = [
        ...names.map((each) => FOLDER + each),
        ...thumbnails.map((each) => `${FOLDER}.thumbnails/${each}`),
        'users/alice0/a',
        'users/alic/z',
      ];
      const { files, pages } = await readAll(bucketOf(keys).objects, prefix, limit);
      const wanted = names
        .filter((each) => each.startsWith(prefix))
        .toSorted(byBytes)
        .map((each) => (thumbnails.includes(each) ? `${each} ${FOLDER}.thumbnails/${each}` : each));
      const isFull = pages.every((count) => count > 0) || pages.length === 1;
      return isFull && isDeepStrictEqual(files, wanted);
    },
  );
  await t.resolves(fc.assert(property, { numRuns: 2_000 }));
});

t.test('a page of 100,000 files costs two list calls, even the first page', async (t) => {
  const names = Array.from({ length: 100_000 }, (_, index) => `${String(index).padStart(6, '0')}.jpg`);
  const keys = names.flatMap((each) => [FOLDER + each, `${FOLDER}.thumbnails/${each}`]);
  for (const limit of [100, 1_000]) {
    const { objects, asked } = bucketOf(keys);
    const { files, pages } = await readAll(objects, '', limit);
    t.equal(files.filter((each) => each.includes(' ')).length, 100_000, `${limit}`);
    t.equal(pages.length, 100_000 / limit, `${limit}`);
    t.equal(asked.length, 2 * pages.length, `${limit}`);
    t.ok(
      asked.every((each) => each <= MAX_KEYS),
      `${limit}`,
    );
  }
});

t.test('a folder without thumbnails, or a small one with them, costs one list call', async (t) => {
  const names = Array.from({ length: 1_000 }, (_, index) => `${String(index).padStart(6, '0')}.pdf`);
  const large = bucketOf(names.map((each) => FOLDER + each));
  const { files, last } = await listFiles(large.objects, ALICE, { prefix: '', after: '', limit: 100 });
  t.strictSame([files.length, last, large.asked.length], [100, '000099.pdf', 1]);

  const some = names.slice(0, 100);
  const small = bucketOf(some.flatMap((each) => [FOLDER + each, `${FOLDER}.thumbnails/${each}`]));
  const page = await listFiles(small.objects, ALICE, { prefix: '', after: '', limit: 100 });
  t.equal(page.files.filter(({ thumbnail }) => thumbnail).length, 100);
  t.strictSame([page.last, small.asked.length], [undefined, 1]);
});

t.test('more files than S3 lists at once come before the thumbnails', async (t) => {
  const names = Array.from({ length: 2_500 }, (_, index) => `-${10_000 + index}`);
  const { objects } = bucketOf([...names.map((each) => FOLDER + each), `${FOLDER}.thumbnails/-12400`]);
  const { files, pages } = await readAll(objects, '', MAX_KEYS);
  t.strictSame(pages, [1_000, 1_000, 500]);
  t.equal(files[2_400], `-12400 ${FOLDER}.thumbnails/-12400`);
});

t.test('thumbnails of files that another tool has deleted cost one more list for each 1,000', async (t) => {
  const left = Array.from({ length: 3_000 }, (_, index) => `${FOLDER}.thumbnails/${index + 10_000}`);
  const { objects, asked } = bucketOf([...left, `${FOLDER}z`, `${FOLDER}.thumbnails/z`]);
  const { files } = await readAll(objects, '', 100);
  t.strictSame(files, [`z ${FOLDER}.thumbnails/z`]);
  t.equal(asked.length, 2 + 3);
});

t.test('a page may begin at the end of the thumbnails, which no name has', async (t) => {
  const { objects } = bucketOf([`${FOLDER}a`, `${FOLDER}.thumbnails/a`]);
  const { files } = await listFiles(objects, ALICE, { prefix: '', after: THUMBNAILS_END, limit: 5 });
  t.match(files, [{ name: 'a', thumbnail: { key: `${FOLDER}.thumbnails/a` } }]);
});

t.test('a thumbnail is shown if it is not older than its file', async (t) => {
  const ages = [11, 10, 9].map((age, index): [string, number] => [`${FOLDER}.thumbnails/${index}`, age]);
  const files = ['0', '1', '2'].map((each): [string, number] => [FOLDER + each, 10]);
  const { objects } = bucketOf(
    [...ages, ...files].map(([key]) => key),
    new Map([...ages, ...files]),
  );
  const { files: shown } = await readAll(objects, '', 10);
  t.strictSame(shown, ['0', `1 ${FOLDER}.thumbnails/1`, `2 ${FOLDER}.thumbnails/2`]);
});

const neverFails = (error: unknown) => {
  throw error;
};

t.test(
  '50 files cost one list if they lie within 1,000 keys, and never more than one for each',
  async (t) => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `${FOLDER}IMG_${10_000 + index}.jpg`);
    const calls = async (step: number) => {
      const { objects, asked } = bucketOf(keys);
      const names = Array.from({ length: 50 }, (_, index) => `IMG_${10_003 + index * step}.jpg`);
      const found = await findFiles(objects, ALICE, names, neverFails);
      for (const name of names) t.equal(found.get(name)?.key, FOLDER + name, name);
      return asked;
    };
    t.strictSame(await calls(20), [MAX_KEYS], 'a page');
    t.strictSame(await calls(60), [MAX_KEYS, MAX_KEYS, MAX_KEYS]);
    t.equal((await calls(99)).length, 5);
    const { objects, asked } = bucketOf(keys);
    t.equal((await findFiles(objects, ALICE, ['IMG_10003.jpg'], neverFails)).size, 1);
    t.strictSame(asked, [1], 'one file costs no page');
    t.equal((await findFiles(objects, ALICE, [], neverFails)).size, 0);
    t.equal(asked.length, 1);
  },
);

t.test('files are found by their names, whatever else is in the folder', async () => {
  const name = fc.array(fc.constantFrom('a', 'b', '.', '/', 'é', '\u{e000}', '\u{fffd}', '😀'), {
    minLength: 1,
    maxLength: 4,
  });
  const names = fc.uniqueArray(
    name.map((parts) => parts.join('')),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(names, names, fc.integer({ min: 1, max: 4 }), async (stored, wanted, pageSize) => {
      const bucket = bucketOf(stored.map((each) => FOLDER + each));
      const list: typeof bucket.objects.list = (query) =>
        bucket.objects.list({ ...query, limit: Math.min(query.limit, pageSize) });
      const found = await findFiles({ list }, ALICE, wanted, neverFails);
      return (
        bucket.asked.length <= wanted.length &&
        wanted.every((each) => (found.get(each)?.key === FOLDER + each) === stored.includes(each))
      );
    }),
  );
});

t.test('after two lists in a row that failed, no other is tried', async (t) => {
  let asked = 0;
  const list = async () => {
    asked++;
    throw new Error('down');
  };
  await t.rejects(
    findFiles({ list }, ALICE, ['a', 'b', 'c', 'd'], () => {}),
    { code: 'files_unavailable' },
  );
  t.equal(asked, 2);
});

t.test('thumbnails without a file cost nothing, and are no prefix', async (t) => {
  const { objects, asked } = bucketOf(
    Array.from({ length: 2_500 }, (_, index) => `${FOLDER}.thumbnails/${10_000 + index}`),
  );
  const list = (prefix: string) => listFiles(objects, ALICE, { prefix, after: '', limit: 100 });
  t.strictSame(await list(''), { files: [], folders: [] });
  t.strictSame(asked.splice(0), [200, 100]);
  t.strictSame(await list('.thumbnails/1'), { files: [], folders: [] });
  t.strictSame(asked, []);
});

t.test('a list that fails now and then hides only the names that it was for', async (t) => {
  const names = Array.from({ length: 12 }, (_, index) => `${10 + index}`);
  const { objects } = bucketOf(names.map((each) => FOLDER + each));
  let asked = 0;
  const list: typeof objects.list = async (query) => {
    if (asked++ % 2 === 0) throw new Error('slow down');
    return await objects.list({ ...query, limit: 1 });
  };
  const found = await findFiles({ list }, ALICE, names, () => {});
  t.strictSame(
    [...found.keys()],
    names.filter((_, index) => index % 2 === 1),
  );
});
