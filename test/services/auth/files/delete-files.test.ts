import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import { deleteMeant, findDeletion } from '../../../../services/auth/files/delete-files.ts';

const OWNER = userOwner(parseUserId('ann'));
const KEY = (name: string) => `users/ann/${name}`;

/** A bucket with such files. @param refuses keys that cannot be deleted */
function bucketOf(names: string[], { refuses = [] as string[], lists = true } = {}) {
  const keys = new Set(names.map(KEY));
  const asked: string[][] = [];
  const state = { lists };
  const objects = {
    async list({ prefix, after = '', limit }: { prefix: string; after?: string; limit: number }) {
      if (!state.lists) throw new GatewayError('files_unavailable');
      const found = [...keys].filter((key) => key.startsWith(prefix) && key > after).toSorted();
      const files = found
        .slice(0, limit)
        .map((key) => ({ key, size: 1, etag: 'e', lastModified: new Date(0) }));
      return { files, lastKey: found.length > limit ? files.at(-1)?.key : undefined };
    },
    async deleteMany(given: readonly string[]) {
      asked.push([...given]);
      return given.map((key) => {
        if (refuses.map(KEY).includes(key)) return { key, code: 'InternalError' };
        keys.delete(key);
        return { key, versionId: `v ${key}` };
      });
    },
  };
  return { objects, keys, asked, state };
}

async function deleteNames(bucket: ReturnType<typeof bucketOf>, names: string[]) {
  const deletion = await findDeletion(bucket.objects, OWNER, names);
  return deleteMeant(bucket.objects, OWNER, deletion);
}

t.test('files go with their thumbnails, and each name is answered', async (t) => {
  const bucket = bucketOf(['a', 'b', 'c', 'f/', '.thumbnails/a', '.thumbnails/c']);
  const version = (name: string) => ({ name, versionId: `v ${KEY(name)}` });
  t.strictSame(await deleteNames(bucket, ['a', 'b', 'none', 'f/', 'a', '../x', '.thumbnails/a']), {
    deleted: [version('a'), version('b'), version('none'), version('f/')],
    failed: [
      { name: '../x', code: 'invalid_name' },
      { name: '.thumbnails/a', code: 'invalid_name' },
    ],
  });
  t.strictSame([...bucket.keys], [KEY('c'), KEY('.thumbnails/c')]);
  t.strictSame(bucket.asked, [[KEY('.thumbnails/a')], ['a', 'b', 'none', 'f/'].map(KEY)]);
});

t.test('a file whose thumbnail stays stays too, and one that S3 keeps is named', async (t) => {
  const refuses = ['.thumbnails/a', 'b'];
  const bucket = bucketOf(['a', 'b', 'c', '.thumbnails/a', '.thumbnails/b'], { refuses });
  const { deleted, failed } = await deleteNames(bucket, ['a', 'b', 'c']);
  t.strictSame(
    deleted.map(({ name }) => name),
    ['c'],
  );
  const code = 'files_unavailable';
  t.strictSame(failed, [
    { name: 'a', code },
    { name: 'b', code },
  ]);
  t.strictSame([...bucket.keys], ['a', 'b', '.thumbnails/a'].map(KEY));
});

t.test('nothing is asked of S3 for names that stand for nothing', async (t) => {
  const bucket = bucketOf(['a'], { lists: false });
  const long = `${'x'.repeat(1_024 - KEY('').length)}/`;
  const failed = ['../x', long].map((name) => ({ name, code: 'invalid_name' }));
  t.strictSame(await deleteNames(bucket, ['../x', long]), { deleted: [], failed });
  t.strictSame(bucket.asked, []);
});

t.test(
  'S3 lists nothing for the markers of folders, and deletes no thumbnail that is not there',
  async (t) => {
    const folders = bucketOf(['e\u0301/'], { lists: false });
    t.match(await deleteNames(folders, ['e\u0301/']), { deleted: [{ name: 'e\u0301/' }], failed: [] });
    const one = bucketOf(['a']);
    await deleteNames(one, ['a']);
    t.strictSame(one.asked, [[KEY('a')]]);
  },
);

t.test('a name is deleted in the form in which it is stored', async (t) => {
  const [nfc, nfd] = ['\u00e9', 'e\u0301'];
  for (const [what, there, wanted] of [
    ['as an upload has stored it', nfc, nfc],
    ['as another tool has stored it', nfd, nfd],
  ] as const) {
    const bucket = bucketOf([there, 'z']);
    const { deleted, failed } = await deleteNames(bucket, [nfd]);
    t.strictSame(deleted, [{ name: nfd, versionId: `v ${KEY(wanted)}` }], what);
    t.strictSame([failed, [...bucket.keys]], [[], [KEY('z')]], what);
  }
});

t.test('where S3 does not list, no form of a name is guessed, and a thumbnail may be there', async (t) => {
  const bucket = bucketOf(['a', '.thumbnails/a']);
  // The first list is for the odd name, and finds it not. The second does not answer.
  const { list } = bucket.objects;
  let lists = 0;
  bucket.objects.list = async (query) => {
    lists++;
    if (lists === 1) throw new GatewayError('files_unavailable');
    return list(query);
  };
  const names = ['e\u0301', 'o\u0301', 'a'];
  const deletion = await findDeletion(bucket.objects, OWNER, names);
  t.strictSame(deletion.failed, [{ name: 'e\u0301', code: 'files_unavailable' }]);
  t.strictSame(
    deletion.meant.map(({ given }) => given),
    ['o\u0301', 'a'],
  );
});

t.test('a thumbnail of which S3 did not say whether it is there goes too', async (t) => {
  const bucket = bucketOf(['a', 'b', '.thumbnails/a']);
  const { list } = bucket.objects;
  bucket.objects.list = async () => {
    bucket.objects.list = list;
    throw new GatewayError('files_unavailable');
  };
  t.strictSame((await deleteNames(bucket, ['a', 'b'])).failed, []);
  t.strictSame(bucket.asked, [[KEY('.thumbnails/a')], [KEY('a'), KEY('b')]]);
});
