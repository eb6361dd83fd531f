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
