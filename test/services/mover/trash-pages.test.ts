import t from 'tap';
import { userOwner } from '../../../core/owner.ts';
import { parseUserId } from '../../../core/user-id.ts';
import { SYSTEM_CLOCK } from '../../../services/auth/surroundings.ts';
import { answer } from '../../../services/mover/mover.ts';
import { countVersions } from '../../../services/mover/trash.ts';
import type { ListPlace, Version, VersionStore } from '../../../services/mover/version-store.ts';
import { createMemoryStores } from '../auth/support/memory-stores.ts';
import { seedSession } from '../auth/support/seed-session.ts';

interface Page {
  versions: Version[];
  next?: ListPlace;
}

const ANN = parseUserId('ann');
const ANNS = userOwner(ANN);
const memory = createMemoryStores();
const { token } = await seedSession(memory.users, ANN);

let names = 0;
/** A version of Ann's. @param bytes undefined for a delete marker */
function version(name: string, bytes?: number, isLatest = false): Version {
  const file = bytes === undefined ? {} : { file: { size: bytes, etag: 'e' } };
  return { key: `users/ann/${name}`, versionId: `${++names}`, lastModified: new Date(), isLatest, ...file };
}

/** The mover with a store whose pages the test gives, and with a clock that stands still. */
function start(pageAt: (after: ListPlace | undefined, lists: number) => Page) {
  const asked: (string | undefined)[] = [];
  const deleted: number[] = [];
  const clock = { ms: 1_000 };
  const never = async () => {
    throw new Error('nobody asks this');
  };
  const store: VersionStore = {
    ...{ find: never, copy: never, delete: never, deleteIfSame: never },
    deleteVersions: async (versions) => void deleted.push(versions.length),
    listVersions: async (_prefix, after) => {
      asked.push(after?.key);
      return pageAt(after, asked.length);
    },
  };
  const nothing = async () => {};
  const forgotten: string[] = [];
  const goneForEver = async ({ name }: { name: string }) => {
    await new Promise(setImmediate);
    forgotten.push(name);
  };
  const deps = {
    ...{ users: memory.users, teams: memory.teams, store, clockGuard: { check: () => {} } },
    clock: { ...SYSTEM_CLOCK, monotonicMs: () => clock.ms },
    usage: { take: nothing },
    details: { copied: nothing, gone: nothing, goneForEver, restored: nothing },
    moves: { read: async () => undefined, finish: nothing },
    teller: { tell: async () => 'told' as const, tellTeam: async () => 'told' as const },
  };
  return {
    deps,
    asked,
    deleted,
    forgotten,
    clock,
    ask: (request: object) => answer(deps, { token, owner: ANNS, ...request }),
  };
}

t.test('a list of the trash reads ten pages before it answers', async (t) => {
  const { asked, ask } = start((_after, lists) => ({
    versions: [version(`${lists}`, 1, true)],
    next: { key: `users/ann/${lists}0` },
  }));
  t.strictSame(await ask({ operation: 'trash' }), {
    files: [],
    cursor: Buffer.from('10').toString('base64url'),
  });
  t.equal(asked.length, 10);
});

t.test('a page with one file is an answer', async (t) => {
  const { asked, ask } = start(() => ({
    versions: [version('a'), version('a', 1)],
    next: { key: 'users/ann/b' },
  }));
  t.match(await ask({ operation: 'trash' }), { files: [{ name: 'a' }], cursor: String });
  t.equal(asked.length, 1);
});

t.test('thumbnails are stepped over', async (t) => {
  const { asked, ask } = start((after) =>
    after === undefined
      ? { versions: [version('.thumbnails/a', 1)], next: { key: 'users/ann/.thumbnails/b' } }
      : { versions: [version('b'), version('b', 2)] },
  );
  t.match(await ask({ operation: 'trash' }), { files: [{ name: 'b', size: 2 }] });
  t.strictSame(asked, [undefined, 'users/ann/.thumbnails/\u{10ffff}']);
});

t.test('the trash is emptied page by page, until its time is over', async (t) => {
  const pages = [
    { versions: [version('a', 1, true)], next: { key: 'users/ann/b' } },
    { versions: [version('b', undefined, true)], next: { key: 'users/ann/b' } },
    { versions: [version('b', 1)] },
  ];
  const run = (withinMs: number, slow = 0) => {
    const { deleted, forgotten, clock, ask } = start((_after, lists) => {
      clock.ms += slow;
      return pages[lists - 1] ?? { versions: [] };
    });
    return ask({ operation: 'empty_trash', withinMs }).then((emptied) => [emptied, deleted, forgotten]);
  };
  const all = [{ isEmpty: true }, [1], ['b']];
  t.strictSame(await run(0), all, 'S3 is asked to delete something, or not at all');
  t.strictSame(await run(20, 10), all, 'the last page begins in time');
  t.strictSame(await run(19, 10), [{ isEmpty: false }, [], []]);
});

t.test('many versions are deleted for ever, 1,000 with a request', async (t) => {
  for (const [count, deletions] of [
    [1_000, [1_000]],
    [1_001, [1_000, 1]],
  ] as const) {
    const first = version('a', 1);
    const history = [version('a'), first, ...Array.from({ length: count - 1 }, () => version('a', 1))];
    const { deleted, ask } = start(() => ({ versions: history }));
    await ask({ operation: 'delete_version', name: 'a', versionId: first.versionId });
    t.strictSame(deleted, deletions);
  }
});

t.test('a folder is counted with what is kept', async (t) => {
  const { deps, ask } = start((after) =>
    after === undefined
      ? {
          versions: [version('a', 5, true), version('a', 3), version('b', undefined, true), version('b', 2)],
          next: { key: 'users/ann/b' },
        }
      : {
          versions: [
            version('.thumbnails/a', 7, true),
            version('c', 1, true),
            version('d', 0, true),
            version('empty/', 0, true),
          ],
        },
  );
  const used = { bytes: 18, keptBytes: 5, files: 3 };
  t.strictSame(await countVersions(deps.store, ANNS), used);
  t.strictSame(await answer(deps, { operation: 'count', owner: ANNS }), used, 'nobody has to be signed in');
  await t.rejects(ask({ operation: 'count' }), { code: 'bad_request' }, 'and it takes no token');
});

t.test('many files are restored until their time is over', async (t) => {
  for (const [ms, code] of [
    [8_000, 'no_such_file'],
    [8_001, 'timed_out'],
  ] as const) {
    const { deps, clock, ask } = start(() => ({ versions: [] }));
    Object.assign(deps.store, { find: async () => undefined });
    let reads = 0;
    Object.assign(deps.clock, { monotonicMs: () => clock.ms + (reads++ > 0 ? ms : 0) });
    const file = { name: 'a', versionId: '1' };
    t.strictSame(await ask({ operation: 'restore_many', files: [file] }), {
      restored: [],
      failed: [{ ...file, code }],
    });
  }
});

t.test('a fault of ours is no file that could not be restored', async (t) => {
  const { ask } = start(() => ({ versions: [] }));
  const files = [{ name: 'a', versionId: '1' }];
  await t.rejects(ask({ operation: 'restore_many', files }), { message: 'nobody asks this' });
});

t.test('a request has its bounds', async (t) => {
  const { ask } = start(() => ({ versions: [] }));
  const files = (count: number) => Array.from({ length: count }, () => ({ name: '/', versionId: '1' }));
  await t.resolves(ask({ operation: 'restore_many', files: files(1_000) }));
  await t.rejects(ask({ operation: 'restore_many', files: files(1_001) }), { code: 'bad_request' });
  await t.rejects(ask({ operation: 'empty_trash', withinMs: -1 }), { code: 'bad_request' });
});
