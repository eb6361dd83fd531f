import { Readable } from 'node:stream';
import t from 'tap';
import { GatewayError } from '../../../core/errors.ts';
import type { Owner } from '../../../core/owner.ts';
import type { UserId } from '../../../core/user-id.ts';
import { listTrash, listVersionsOf } from '../../../services/mover/trash.ts';
import { ANN, ANNS, BEN, Bucket, createWorld, PART_BYTES, VIC, type World } from './support/world.ts';

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
    { name: '!first', versionId: deleted, size: 1, isReplaced: false, deletedAt: Date },
    { name: 'a', versionId: replaced, size: 5, isReplaced: false },
    { name: 'a', versionId: a, size: 3, isReplaced: true },
  ]);
  t.equal(cursor, undefined);
});

t.test('a list of several pages shows each version once, and skips thumbnails', async (t) => {
  const world = await createWorld(t);
  const names = ['!a', '.thumbnails/a', '.thumbnails/b', 'b', 'c', 'd'];
  for (const name of names) {
    for (let count = 0; count < 3; count++) await world.put(`users/ann/${name}`);
  }
  await world.remove('users/ann/c');
  const all = await trash(world);
  for (const pageSize of [1, 2, 3, 4, 7]) {
    let lists = 0;
    world.s3.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName !== 'ListObjectVersionsCommand') return next(args);
          lists++;
          return next({ ...args, input: { ...args.input, MaxKeys: pageSize } });
        },
      { step: 'initialize', name: 'pages', override: true },
    );
    const files: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await trash(world, cursor);
      files.push(...page.files);
      cursor = page.cursor;
    } while (cursor !== undefined && lists < 1_000);
    t.strictSame(files, all.files, `${pageSize} a page`);
    t.ok(lists > 1, `${pageSize}`);
  }
});

t.test('a large file is the current one, though S3 dates it by the time when its upload began', async (t) => {
  const world = await createWorld(t);
  world.past.seconds = 60;
  const complete = await world.beginParts('users/ann/a', Buffer.alloc(1));
  world.past.seconds = 30;
  const small = await world.put('users/ann/a', 'small');
  world.past.seconds = 10;
  await world.remove('users/ann/a');
  const large = await complete();
  world.past.seconds = 0;
  t.match((await trash(world)).files, [{ versionId: small }]);
  t.equal((await trash(world)).files.length, 1, 'what is there is not in the trash');
  t.match((await versionsOf(world, 'a')).versions, [
    { versionId: large, isCurrent: true },
    { versionId: small, isCurrent: false },
  ]);
  await t.rejects(forEver(world, 'a', large), code('no_such_file'));
  await world.ask(emptying(world));
  t.match(
    (await versionsOf(world, 'a')).versions,
    [{ versionId: large, isCurrent: true }],
    'it is still there',
  );
  await world.put('users/ann/a', 'small again');
  await remove(world, 'a');
  t.match((await trash(world)).files, [{ size: 11 }, { versionId: large }]);
});

t.test('a delete marker stands for the file that it hides, however S3 dates them', async (t) => {
  const world = await createWorld(t);
  world.past.stoppedMs = Date.now();
  for (const name of ['small', 'film']) {
    const key = `users/ann/${name}`;
    world.past.seconds = 1;
    const complete = await world.beginParts(key, Buffer.from('two'));
    world.past.seconds = 0;
    const one = await world.put(key, 'one');
    const first = await remove(world, name);
    const two = name === 'film' ? await complete() : await world.put(key, 'two');
    const second = await remove(world, name);
    t.match((await trash(world)).files, [{ versionId: two }, { versionId: one }], name);
    await forEver(world, name, first);
    t.match((await versionsOf(world, name)).versions, [{ versionId: two }], 'the other file stays');
    await restore(world, name, second);
    t.equal(await world.get(key), 'two');
    await world.remove(key);
    await world.ask(emptying(world));
  }
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

t.test('what was deleted comes back, with its headers and thumbnail', async (t) => {
  const world = await createWorld(t);
  const Metadata = { by: 'rclone', 'made-from': 'a move', 'made-by': 'a request' };
  const headers = { ContentType: 'image/png', Tagging: 'Scan=clean', Metadata };
  const a = await world.put('users/ann/a', 'one', headers);
  await world.put('users/ann/.thumbnails/a', 'small');
  await remove(world, 'a');
  t.match(await restore(world, 'a', a), { name: 'a', size: 3, etag: /^[0-9a-f]{32}$/ });
  t.equal(await world.get('users/ann/a'), 'one');
  const head = await world.head('users/ann/a');
  t.match(head, { ContentType: 'image/png', TagCount: undefined });
  t.strictSame(head?.Metadata, { by: 'rclone' }, 'no move takes it for its own');
  t.equal(await world.get('users/ann/.thumbnails/a'), 'small');
  const marker = await remove(world, 'a');
  await restore(world, 'a', marker);
  t.equal(await world.get('users/ann/a'), 'one', 'a delete marker stands for what it hides');
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
    { size: 3, isCurrent: true, etag: String, lastModified: Date },
    { size: 5, isCurrent: false, versionId: three },
    { size: 3, isCurrent: false, versionId: one },
  ]);
});

t.test('a version without a thumbnail takes away that of what it replaces', async (t) => {
  const world = await createWorld(t);
  world.past.seconds = 30;
  const one = await world.put('users/ann/a', 'one');
  world.past.seconds = 20;
  const two = await world.put('users/ann/a', 'two');
  await world.put('users/ann/.thumbnails/a', 'of two');
  world.past.seconds = 0;
  await restore(world, 'a', one, { replace: true });
  t.equal(await world.get('users/ann/.thumbnails/a'), undefined);
  await restore(world, 'a', two, { replace: true });
  t.equal(await world.get('users/ann/.thumbnails/a'), 'of two');
  t.strictSame(world.told, ['restored a', 'restored a']);
});

t.test('a file that comes during a restore stays', async (t) => {
  const world = await createWorld(t);
  for (const [name, size] of [
    ['a', 1],
    ['film', PART_BYTES + 1],
  ] as const) {
    const version = await world.put(`users/ann/${name}`, Buffer.alloc(size));
    await remove(world, name);
    world.hook.onCall = async (_number, call, when) => {
      if (/^(CopyObject|CompleteMultipartUpload)Command$/.test(call) && when === 'before') {
        await world.put(`users/ann/${name}`, 'new');
      }
    };
    await t.rejects(restore(world, name, version), { code: 'file_exists', members: { size: 3 } }, name);
    t.equal(await world.get(`users/ann/${name}`), 'new', name);
    world.hook.onCall = () => {};
  }
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

t.test(
  'a version is deleted for ever with its thumbnail, but the current one is not in the trash',
  async (t) => {
    const world = await createWorld(t);
    const one = await world.put('users/ann/a', 'one');
    await world.put('users/ann/.thumbnails/a', 'of one');
    await remove(world, 'a');
    world.past.seconds = -2;
    const two = await world.put('users/ann/a', 'two');
    await world.put('users/ann/.thumbnails/a', 'of two');
    await t.rejects(forEver(world, 'a', two), code('no_such_file'));
    await forEver(world, 'a', one);
    await forEver(world, 'a', one);
    t.equal(await world.get('users/ann/a'), 'two');
    t.equal(await world.get('users/ann/.thumbnails/a'), 'of two');
    t.strictSame(
      (await world.versions('users/ann/')).filter((key) => !key.startsWith('!')),
      ['users/ann/.thumbnails/a*', 'users/ann/a*'],
    );
    await t.rejects(restore(world, 'a', one, { replace: true }), code('no_such_file'));
  },
);

t.test('in a team, viewers see the trash, editors restore, and managers delete for ever', async (t) => {
  const world = await createWorld(t);
  const { team: owner, teamId } = world;
  const version = await world.put(`teams/${teamId}/a`, 'one');
  await world.remove(`teams/${teamId}/a`);
  const { files } = await listTrash(world.deps, { token: world.token(VIC), owner });
  t.match(files, [{ name: 'a', versionId: version }]);
  const asked = world.calls.length;
  await t.rejects(restore(world, 'a', version, { by: VIC, owner }), code('role_too_low'));
  await t.rejects(forEver(world, 'a', version, { by: BEN, owner }), code('role_too_low'));
  t.equal(world.calls.length, asked, 'S3 is not asked');
  await restore(world, 'a', version, { by: BEN, owner });
  t.equal(await world.get(`teams/${teamId}/a`), 'one');
  t.strictSame(await world.versions(`teams/${teamId}/a`), [`teams/${teamId}/a*`], 'it has left the trash');
  const wanted = [{ name: 'a', versionId: version }];
  const before = world.calls.length;
  const many = (by: UserId) =>
    world.ask({ operation: 'restore_many', token: world.token(by), owner, files: wanted });
  const empty = (by: UserId) => world.ask({ ...emptying(world), token: world.token(by), owner });
  await t.rejects(many(VIC), code('role_too_low'));
  await t.rejects(empty(BEN), code('role_too_low'));
  t.equal(world.calls.length, before, 'S3 is not asked');
  t.strictSame(await many(BEN), { restored: [], failed: [{ ...wanted[0], code: 'file_exists' }] });
  await world.remove(`teams/${teamId}/a`);
  const { files: deleted } = await listTrash(world.deps, { token: world.token(VIC), owner });
  wanted.splice(0, 1, ...deleted.map(({ name, versionId }) => ({ name, versionId })));
  t.strictSame(await many(BEN), { restored: wanted, failed: [] });
  t.strictSame(await empty(ANN), { isEmpty: true });
});

t.test('a file that is deleted for ever takes along what it had replaced', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'before an earlier deletion');
  await remove(world, 'a');
  await world.put('users/ann/a', 'replaced');
  const deleted = await world.put('users/ann/a', 'deleted');
  await remove(world, 'a');
  await forEver(world, 'a', deleted);
  t.match((await trash(world)).files, [{ name: 'a', size: 26, isReplaced: false }]);
  t.strictSame(world.told, [], 'the details of a name stay while a version of it does');
  const last = await world.put('users/ann/a', 'right above the earlier deletion');
  await remove(world, 'a');
  await forEver(world, 'a', last);
  t.match((await trash(world)).files, [{ name: 'a', size: 26 }]);
});

t.test('a version that was replaced is deleted for ever without those before it', async (t) => {
  const world = await createWorld(t);
  const one = await world.put('users/ann/a', 'one');
  const two = await world.put('users/ann/a', 'two');
  const three = await world.put('users/ann/a', 'three');
  await forEver(world, 'a', two);
  t.match((await versionsOf(world, 'a')).versions, [{ versionId: three }, { versionId: one }]);
});

t.test('whoever has signed out while a large file was restored has restored nothing', async (t) => {
  const world = await createWorld(t);
  const version = await world.put('users/ann/film', Buffer.alloc(PART_BYTES + 1));
  await remove(world, 'film');
  world.hook.onCall = async (_number, name) => {
    const { user, version } = world.memory.record(ANN);
    if (name === 'UploadPartCopyCommand')
      await world.memory.users.write(ANN, version, { ...user, sessions: [] });
  };
  await t.rejects(restore(world, 'film', version), code('no_session'));
  t.equal(await world.get('users/ann/film'), undefined);
});

t.test('what comes back brings along what it had replaced', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  const deleted = await world.put('users/ann/a', 'two');
  await remove(world, 'a');
  await restore(world, 'a', deleted);
  t.strictSame(
    (await trash(world)).files.filter(({ isReplaced }) => !isReplaced),
    [],
  );
  t.match((await versionsOf(world, 'a')).versions, [
    { size: 3, isCurrent: true },
    { size: 3, isCurrent: false },
  ]);
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
  t.strictSame(world.told, ['goneForEver b'], 'the details of a name stay while a version of it does');
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

t.test('whoever has lost the role while the trash is emptied deletes no further page', async (t) => {
  const world = await createWorld(t);
  const { team: owner, teamId, memory } = world;
  for (const name of ['a', 'b']) {
    await world.put(`teams/${teamId}/${name}`, name);
    await world.remove(`teams/${teamId}/${name}`);
  }
  world.s3.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'ListObjectVersionsCommand') return next(args);
        const page = await next({ ...args, input: { ...args.input, MaxKeys: 2 } });
        const known = memory.team(teamId);
        const members = known?.team.members.map((each) => ({ ...each, role: 'editor' as const })) ?? [];
        if (known) await memory.teams.write(teamId, known.version, { ...known.team, members });
        return page;
      },
    { step: 'initialize', name: 'pages' },
  );
  await t.rejects(world.ask({ ...emptying(world), owner }), code('role_too_low'));
  t.match(await world.versions(`teams/${teamId}/b`), [`teams/${teamId}/b`, `!teams/${teamId}/b*`]);
});

t.test('where there is no room, nothing is restored', async (t) => {
  const world = await createWorld(t);
  const versionId = await world.put('users/ann/a', 'one');
  const later = await world.put('users/ann/a', 'two');
  const take = () => Promise.reject(new GatewayError('quota_exceeded'));
  const ask = (versionId: string) =>
    world.ask(
      { operation: 'restore', token: world.token(ANN), owner: ANNS, name: 'a', versionId, replace: true },
      { ...world.deps, usage: { take } },
    );
  await t.rejects(ask(versionId), code('quota_exceeded'));
  t.equal(await world.get('users/ann/a'), 'two');
  await remove(world, 'a');
  await ask(later);
  t.equal(await world.get('users/ann/a'), 'two', 'what was in the trash takes no more room');
});

t.test('a process that ends before any call of a restore has lost no version', async (t) => {
  const world = await createWorld(t);
  const one = await world.put('users/ann/a', 'one');
  await world.put('users/ann/.thumbnails/a', 'small');
  const two = await world.put('users/ann/a', 'two');
  let isDone = false;
  for (let last = 1; !isDone; last++) {
    world.calls.length = 0;
    world.hook.onCall = (number) => {
      if (number >= last) throw new Error('the process has ended');
    };
    isDone = await restore(world, 'a', one, { replace: true }).then(
      () => true,
      () => false,
    );
    world.hook.onCall = () => {};
    const { versions } = await versionsOf(world, 'a');
    t.ok([one, two].every((id) => versions.some(({ versionId }) => versionId === id)));
    t.ok(['one', 'two'].includes((await world.get('users/ann/a')) ?? ''));
  }
  t.equal(await world.get('users/ann/a'), 'one');
});

t.test('an answer that is no list is not an empty trash', async (t) => {
  const world = await createWorld(t);
  const listed = { Key: 'users/ann/a', VersionId: 'null', LastModified: new Date() };
  for (const list of [{}, { Name: Bucket, Versions: [listed] }, { Name: Bucket, DeleteMarkers: [listed] }]) {
    world.s3.middlewareStack.add(() => async () => ({ response: {}, output: { $metadata: {}, ...list } }), {
      step: 'initialize',
      name: 'portal',
      override: true,
    });
    await t.rejects(trash(world), code('files_unavailable'));
  }
});

t.test('an S3 that lists delete markers apart is not believed', async (t) => {
  const world = await createWorld(t);
  const element = (tag: string, versionId: string, isLatest: boolean) =>
    `<${tag}><Key>users/ann/&lt;Version&gt;</Key><VersionId>${versionId}</VersionId><IsLatest>${isLatest}</IsLatest>` +
    `<LastModified>2026-11-29T00:00:00.000Z</LastModified><Size>1</Size><ETag>"e"</ETag></${tag}>`;
  const [file, marker] = [element('Version', '1', false), element('DeleteMarker', '2', true)];
  const answer = (...elements: string[]) => {
    const text = `<ListVersionsResult><Name>${Bucket}</Name>${elements.join('')}</ListVersionsResult>`;
    const response = { statusCode: 200, headers: {}, body: Readable.from([text]) };
    Object.assign(world.s3.config, { requestHandler: { handle: async () => ({ response }) } });
    return trash(world);
  };
  t.match((await answer(marker, file)).files, [{ name: '<Version>', versionId: '1' }]);
  await t.rejects(answer(file, marker), code('files_unavailable'));
});
