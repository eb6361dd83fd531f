import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { StoredFile } from '../../../../services/auth/files/file.ts';
import { listFiles } from '../../../../services/auth/files/listing.ts';

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
