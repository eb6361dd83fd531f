import t from 'tap';
import type { Owner } from '../../../core/owner.ts';
import type { UserId } from '../../../core/user-id.ts';
import { listTrash, listVersionsOf } from '../../../services/mover/trash.ts';
import { ANN, ANNS, createWorld, VIC, type World } from './support/world.ts';

const code = (name: string) => ({ code: name });

interface Wanted {
  by?: UserId;
  owner?: Owner;
  replace?: boolean;
}

const restore = (world: World, name: string, versionId: string, { by = ANN, ...more }: Wanted = {}) =>
  world.ask({ operation: 'restore', token: world.token(by), owner: ANNS, name, versionId, ...more });
const forEver = (world: World, name: string, versionId: string, { by = ANN, owner = ANNS }: Wanted = {}) =>
  world.ask({ operation: 'delete_version', token: world.token(by), owner, name, versionId });
const trash = (world: World, cursor?: string) =>
  listTrash(world.deps, { token: world.token(ANN), owner: ANNS, cursor });
const versionsOf = (world: World, name: string) =>
  listVersionsOf(world.deps, { token: world.token(ANN), owner: ANNS, name });

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
  const { files, cursor } = await trash(world);
  t.match(files, [
    { name: '!first', versionId: deleted, size: 1, isReplaced: false, deletedAt: String },
    { name: 'a', versionId: replaced, size: 5, isReplaced: false },
    { name: 'a', versionId: a, size: 3, isReplaced: true },
  ]);
  t.equal(cursor, undefined);
});

t.test('a cursor leads out of no folder', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a');
  await remove(world, 'a');
  await world.put('users/ben/b');
  await world.remove('users/ben/b');
  for (const name of ['../ben/', '\0', '', 'zzz', 'users/ben/']) {
    const { files } = await trash(world, Buffer.from(name).toString('base64url'));
    t.ok(
      files.every((file) => file.name === 'a'),
      name,
    );
  }
  for (const call of ['!', 'users/ben/b', 'bm9uZQ=='])
    t.notMatch(await trash(world, call), [{ name: 'b' }], call);
});

t.test('a taken name stays, unless an old version is to replace it', async (t) => {
  const world = await createWorld(t);
  const one = await world.put('users/ann/a', 'one');
  await world.put('users/ann/.thumbnails/a', 'of one');
  await world.remove('users/ann/.thumbnails/a');
  const three = await world.put('users/ann/a', 'three');
  await t.rejects(restore(world, 'a', one), { code: 'file_exists', members: { size: 5 } });
  await t.rejects(restore(world, 'a', three), code('file_exists'));
  await restore(world, 'a', three, { replace: true });
  t.equal((await versionsOf(world, 'a')).versions.length, 2, 'it is the current one already');
  await restore(world, 'a', one, { replace: true });
  t.equal(await world.get('users/ann/a'), 'one');
  t.equal(await world.get('users/ann/.thumbnails/a'), 'of one');
  t.match((await versionsOf(world, 'a')).versions, [
    { size: 3, isCurrent: true, etag: String, lastModified: String },
    { size: 5, isCurrent: false, versionId: three },
    { size: 3, isCurrent: false, versionId: one },
  ]);
});

t.test('no version of another name is restored or deleted, and none that is not there', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a');
  await remove(world, 'a');
  const other = await world.put('users/ann/ab');
  await world.put('users/ann/ab');
  for (const versionId of [other, 'none', '', '0'.repeat(32), 'null', '../ab']) {
    await t.rejects(restore(world, 'a', versionId), code('no_such_file'), versionId);
    await forEver(world, 'a', versionId);
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
  world.s3.middlewareStack.add(
    (next, { commandName }) =>
      (args) =>
        next(
          commandName === 'ListObjectVersionsCommand'
            ? { ...args, input: { ...args.input, MaxKeys: 3 } }
            : args,
        ),
    { step: 'initialize', name: 'pages' },
  );
  let pages = 0;
  world.hook.onCall = async (_number, call, when) => {
    if (call !== 'ListObjectVersionsCommand' || when !== 'before' || ++pages !== 2) return;
    for (const name of ['d', 'e']) {
      await world.put(key(name), `new ${name}`);
      await world.remove(key(name));
    }
    // Signing out does not undo what was asked for.
    const { user, version } = world.memory.record(ANN);
    await world.memory.users.write(ANN, version, { ...user, sessions: [] });
  };
  t.strictSame(await world.ask({ ...emptying(world, before), owner }), { isEmpty: true });
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
