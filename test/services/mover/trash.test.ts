import t from 'tap';
import { defined } from '../../../core/defined.ts';
import type { CopyDeps } from '../../../services/mover/copy.ts';
import { listTrash } from '../../../services/mover/trash.ts';
import { ANN, ANNS, createWorld, VIC, type World } from './support/world.ts';

const asAnn = (world: World, operation: 'restore' | 'delete_version', name: string, versionId: string) =>
  world.ask({ operation, token: world.token(ANN), owner: ANNS, name, versionId });

/** Empties Ann's trash. @param before by S3's clock: by default, whatever was deleted goes */
const emptying = (world: World, before = '2100-01-01T00:00:00.000Z') => ({
  ...{ operation: 'empty_trash' as const, token: world.token(ANN), owner: ANNS },
  ...{ before, withinMs: 60_000 },
});

/** Deletes as the service does. */
async function remove(world: World, name: string): Promise<string> {
  await world.remove(`users/ann/.thumbnails/${name}`);
  return (await world.remove(`users/ann/${name}`)).VersionId ?? '';
}

t.test('the trash has what was deleted or replaced, the newest of a name first', async (t) => {
  const world = await createWorld(t);
  const a = await world.put('users/ann/a', 'one');
  await world.put('users/ann/.thumbnails/a', 'small');
  const replaced = await world.put('users/ann/a', 'three');
  await remove(world, 'a');
  const deleted = await world.put('users/ann/!first', '1');
  await remove(world, '!first');
  await world.put('users/ann/!first', 'new');
  await world.put('users/ann/kept', '1');
  await world.put('users/ann/folder/', '');
  await world.remove('users/ann/folder/');
  await world.put('users/anna/a', 'of somebody else');
  await world.remove('users/anna/a');
  const { files, cursor } = await listTrash(world.deps, { token: world.token(ANN), owner: ANNS });
  t.match(files, [
    { name: '!first', versionId: deleted, size: 1, isReplaced: false, deletedAt: String },
    { name: 'a', versionId: replaced, size: 5, isReplaced: false },
    { name: 'a', versionId: a, size: 3, isReplaced: true },
  ]);
  t.equal(cursor, undefined);
});

t.test('no version of another name is restored or deleted, and none that is not there', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a');
  await remove(world, 'a');
  const other = await world.put('users/ann/ab');
  await world.put('users/ann/ab');
  for (const versionId of [other, 'none', '', '0'.repeat(32), 'null', '../ab']) {
    await t.rejects(asAnn(world, 'restore', 'a', versionId), { code: 'no_such_file' }, versionId);
    await asAnn(world, 'delete_version', 'a', versionId);
  }
  t.match(await world.versions('users/ann/ab'), ['users/ann/ab*', 'users/ann/ab']);
});

t.test('an empty trash leaves earlier versions of files that are there, and all of others', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'deleted before');
  await remove(world, 'a');
  await world.put('users/ann/a', 'replaced');
  await world.put('users/ann/a', 'there');
  await world.put('users/ann/b', 'replaced');
  await world.put('users/ann/b', 'deleted');
  await world.put('users/ann/.thumbnails/b', 'small');
  await remove(world, 'b');
  await world.put('users/anna/b');
  await world.remove('users/anna/b');
  const empty = (withinMs: number) => world.ask({ ...emptying(world), withinMs });
  t.strictSame(await empty(60_000), { isEmpty: true });
  const kept = await world.versions('users/ann/');
  t.strictSame(
    kept.filter((key) => !key.startsWith('!')),
    ['users/ann/a*', 'users/ann/a'],
  );
  t.equal((await world.versions('users/anna/')).length, 2);
});

t.test('what is deleted once the trash is being emptied stays in it', async (t) => {
  const world = await createWorld(t);
  const { team: owner, teamId } = world;
  const key = (name: string) => `teams/${teamId}/${name}`;
  const old = ['a', 'b', 'c', 'd'];
  world.past.seconds = 60;
  for (const name of old) await world.put(key(name), `old ${name}`);
  for (const name of old) await world.remove(key(name));
  world.past.seconds = 0;
  world.past.stoppedMs = Date.now();
  // Deleted in the very second in which it begins.
  await world.put(key('same second'), 'same second');
  await world.remove(key('same second'));
  const before = new Date(Math.floor(world.past.stoppedMs / 1_000) * 1_000).toISOString();
  world.past.seconds = -5;
  let pages = 0;
  const store: CopyDeps['store'] = {
    ...world.deps.store,
    async listVersions(prefix, after) {
      if (++pages === 2) {
        for (const name of ['d', 'e']) {
          await world.put(key(name), `new ${name}`);
          await world.remove(key(name));
        }
        // Signing out does not undo what was asked for.
        await world.signOut(ANN);
      }
      const { versions, next } = await world.deps.store.listVersions(prefix, after);
      const [last] = versions.slice(2, 3);
      return { versions: versions.slice(0, 3), ...defined({ next: versions.length > 3 ? last : next }) };
    },
  };
  const emptied = await world.ask({ ...emptying(world, before), owner }, { ...world.deps, store });
  t.strictSame(emptied, { isEmpty: true });
  t.ok(pages > 2, `${pages} pages`);
  const left: [string, number][] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page = await listTrash(world.deps, { token: world.token(VIC), owner, cursor });
    left.push(...page.files.map(({ name, size }): [string, number] => [name, size]));
    ({ cursor } = page);
  }
  t.strictSame(left, [
    ['d', 5],
    ['e', 5],
    ['same second', 11],
  ]);
});

/** Ages in seconds, by S3's clock. A thumbnail comes a second after its file. */
async function putAt(world: World, ageSeconds: number, name: string, content: string): Promise<string> {
  world.past.seconds = ageSeconds;
  const versionId = await world.put(`users/ann/${name}`, content);
  world.past.seconds = ageSeconds - 1;
  await world.put(`users/ann/.thumbnails/${name}`, `small ${content}`);
  return versionId;
}

async function removeAt(world: World, ageSeconds: number, name: string): Promise<void> {
  world.past.seconds = ageSeconds;
  await remove(world, name);
}

t.test('many come back, each with the thumbnail of its time; a name that is taken stays', async (t) => {
  const world = await createWorld(t);
  const first = await putAt(world, 90, 'a', 'first');
  await putAt(world, 80, 'a', 'second');
  await removeAt(world, 70, 'a');
  const b = await putAt(world, 60, 'b', 'bee');
  await removeAt(world, 50, 'b');
  const old = await putAt(world, 40, 'c', 'old');
  await removeAt(world, 30, 'c');
  await putAt(world, 20, 'c', 'new');
  world.past.seconds = 0;
  const files = [
    { name: 'a', versionId: first },
    { name: 'b', versionId: b },
    { name: 'c', versionId: old },
    { name: 'd', versionId: b },
  ];
  const request = { operation: 'restore_many', token: world.token(ANN), owner: ANNS, files } as const;
  const outcome = await world.ask(request);
  if (!outcome || !('restored' in outcome)) throw new Error('no answer');
  for (const list of [outcome.restored, outcome.failed]) list.sort((a, b) => (a.name < b.name ? -1 : 1));
  t.match(outcome, {
    restored: [{ name: 'a' }, { name: 'b' }],
    failed: [
      { name: 'c', versionId: old, code: 'file_exists' },
      { name: 'd', versionId: b, code: 'no_such_file' },
    ],
  });
  for (const [name, content] of Object.entries({ a: 'first', b: 'bee', c: 'new' })) {
    t.equal(await world.get(`users/ann/${name}`), content);
    t.equal(await world.get(`users/ann/.thumbnails/${name}`), `small ${content}`);
  }
  t.strictSame(await world.versions('users/ann/b'), ['users/ann/b*'], 'it has left the trash');
});

t.test(
  'a deleted file goes with what it had replaced, and their thumbnails; what was deleted earlier stays',
  async (t) => {
    const world = await createWorld(t);
    const forgotten: string[] = [];
    const details = {
      ...world.deps.details,
      goneForEver: async ({ name }: { name: string }) => void forgotten.push(name),
    };
    const remaining = async () => (await world.versions('users/ann/')).filter((key) => !key.startsWith('!'));
    const goes = (versionId: string) =>
      world.ask(
        {
          ...{ operation: 'delete_version', token: world.token(ANN), owner: ANNS },
          ...{ name: 'a', versionId },
        },
        { ...world.deps, details },
      );
    const one = await putAt(world, 90, 'a', 'one');
    await removeAt(world, 80, 'a');
    await putAt(world, 70, 'a', 'two');
    const three = await putAt(world, 60, 'a', 'three');
    await removeAt(world, 50, 'a');
    const four = await putAt(world, 40, 'a', 'four');
    const five = await putAt(world, 30, 'a', 'five');
    world.past.seconds = 0;
    await t.rejects(goes(five), { code: 'no_such_file' }, 'it is not in the trash');
    t.equal((await remaining()).length, 10);
    await goes(four);
    t.equal((await remaining()).length, 8, 'a version that was replaced goes alone');
    await goes(three);
    t.equal((await remaining()).length, 4, 'with the one before');
    t.equal(await world.get('users/ann/a'), 'five');
    await removeAt(world, 10, 'a');
    await goes(five);
    t.strictSame(forgotten, []);
    t.strictSame(await remaining(), ['users/ann/.thumbnails/a', 'users/ann/a']);
    await goes(one);
    t.strictSame(await remaining(), []);
    t.strictSame(forgotten, ['a'], 'nothing more is known of the name');
  },
);

t.test('the pages of a large trash have each file once, and no thumbnail', async (t) => {
  const world = await createWorld(t);
  const expected: string[] = [];
  const kept = async (name: string, versions: number) => {
    for (let each = 0; each < versions; each++) await world.put(`users/ann/${name}`, `${name} ${each}`);
    await world.remove(`users/ann/${name}`);
    if (!name.startsWith('.thumbnails/')) expected.push(...Array<string>(versions).fill(name));
  };
  await kept('!a', 8);
  for (let each = 0; each < 100; each++) await kept(`.thumbnails/${each}`, 1);
  for (const name of ['b', 'c', 'd']) await kept(name, 2);
  for (let each = 0; each < 40; each++) await world.put(`users/ann/live ${each}`);
  await kept('z', 1);
  const store: CopyDeps['store'] = {
    ...world.deps.store,
    async listVersions(prefix, after) {
      const { versions, next } = await world.deps.store.listVersions(prefix, after);
      return { versions: versions.slice(0, 3), ...defined({ next: versions[3] ? versions[2] : next }) };
    },
  };
  const found: string[] = [];
  let asked = 0;
  let empty = 0;
  for (let cursor: string | undefined = ''; cursor !== undefined && asked < 50; asked++) {
    const request = { token: world.token(ANN), owner: ANNS, cursor };
    const page = await listTrash({ ...world.deps, store }, request);
    found.push(...page.files.map(({ name }) => name));
    if (page.files.length === 0) empty++;
    ({ cursor } = page);
  }
  t.strictSame(found, expected);
  t.ok(empty > 0, 'an answer does not wait until it has found something');
  t.ok(asked < 12, `${asked} requests: thumbnails are skipped`);
});
