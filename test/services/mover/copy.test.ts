import { CopyObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { GatewayError } from '../../../core/errors.ts';
import { createShares } from '../../../services/auth/shares/shares.ts';
import { nowEpoch } from '../auth/support/seed-session.ts';
import { ANN, ANNS, Bucket, createWorld, PART_BYTES, type World } from './support/world.ts';

const own = (name: string) => ({ owner: ANNS, name });
const code = (name: string) => ({ code: name });

const move = (world: World, from: string, to: string, more: { replace?: boolean } = {}) =>
  world.ask({ operation: 'move', token: world.token(ANN), from: own(from), to: own(to), ...more });
const copy = (world: World, from: string, to: string, more: { replace?: boolean } = {}) =>
  world.ask({ operation: 'copy', token: world.token(ANN), from: own(from), to: own(to), ...more });

t.test('a copy has the content, the headers and the thumbnail, and no tags', async (t) => {
  const world = await createWorld(t);
  const stored = { ContentType: 'image/png', CacheControl: 'no-cache', Metadata: { by: 'aws-cli' } };
  await world.put('users/ann/写 真+1?.png', 'bytes', { ...stored, Tagging: 'Scan=clean' });
  await world.put('users/ann/.thumbnails/写 真+1?.png', 'small', { ContentType: 'image/webp' });
  t.match(await copy(world, '写 真+1?.png', 'new/b.png'), {
    name: 'new/b.png',
    size: 5,
    etag: /^[0-9a-f]{32}$/,
  });
  t.equal(await world.get('users/ann/new/b.png'), 'bytes');
  t.match(await world.head('users/ann/new/b.png'), { ...stored, TagCount: undefined });
  t.equal(await world.get('users/ann/.thumbnails/new/b.png'), 'small');
  t.match(await world.head('users/ann/.thumbnails/new/b.png'), { ContentType: 'image/webp' });
  t.equal(await world.get('users/ann/写 真+1?.png'), 'bytes', 'the file is still there');
});

t.test('the details go along', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  await copy(world, 'a', 'b');
  await move(world, 'a', 'c');
  t.strictSame(world.told, ['copied a b 3 ann', 'copied a c 3 ann', 'gone a']);
});

t.test('a thumbnail that goes meanwhile is not missed, and one that cannot be copied is', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  await world.put('users/ann/.thumbnails/a', 'small');
  let copies = 0;
  const onThumbnail = (run: () => unknown) => {
    copies = 0;
    world.hook.onCall = async (_number, name, when) => {
      if (name === 'CopyObjectCommand' && when === 'before' && ++copies === 2) await run();
    };
  };
  onThumbnail(() => {
    throw new Error('no answer');
  });
  await t.rejects(copy(world, 'a', 'b'), code('files_unavailable'));
  onThumbnail(async () => {
    const { VersionId } = (await world.head('users/ann/.thumbnails/a')) ?? {};
    await world.remove('users/ann/.thumbnails/a', VersionId);
  });
  t.match(await copy(world, 'a', 'c'), { name: 'c' });
  t.strictSame(await world.versions('users/ann/.thumbnails/'), []);
});

t.test('a thumbnail that is older than its file is not copied', async (t) => {
  const world = await createWorld(t);
  world.past.seconds = 2;
  await world.put('users/ann/.thumbnails/a', 'of another content');
  world.past.seconds = 0;
  await world.put('users/ann/a');
  await copy(world, 'a', 'b');
  t.strictSame(await world.versions('users/ann/.thumbnails/b'), []);
});

t.test('a name that is taken stays, unless it is to be replaced', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  await world.put('users/ann/b', 'three');
  await world.put('users/ann/.thumbnails/b', 'of three');
  for (const [index, ask] of [copy, move].entries()) {
    await t.rejects(ask(world, 'a', 'b'), { code: 'file_exists', members: { size: 5 } }, `row ${index}`);
    await t.rejects(ask(world, 'a', 'a', { replace: true }), code('file_exists'), 'onto itself');
  }
  await copy(world, 'a', 'b', { replace: true });
  t.equal(await world.get('users/ann/b'), 'one');
  t.equal(await world.get('users/ann/.thumbnails/b'), undefined, 'no thumbnail of what was replaced');
  await t.rejects(move(world, 'a', 'b'), code('file_exists'), 'a move knows only its own copy');
});

t.test('a copy whose answer was lost is found by the same request, and by no other', async (t) => {
  const world = await createWorld(t);
  for (const [size, placing] of [
    [1, 'CopyObjectCommand'],
    [PART_BYTES + 1, 'CompleteMultipartUploadCommand'],
  ] as const) {
    const [a, b] = [`a${size}`, `b${size}`];
    await world.put(`users/ann/${a}`, Buffer.alloc(size));
    world.hook.onCall = async (_number, name, when) => {
      if (name === placing && when === 'after') throw new Error('no answer');
    };
    await t.rejects(copy(world, a, b), code('files_unavailable'), placing);
    world.hook.onCall = () => {};
    const full = { ...world.deps, usage: { take: () => Promise.reject(new GatewayError('quota_exceeded')) } };
    const request = { operation: 'copy' as const, token: world.token(ANN), from: own(a), to: own(b) };
    t.match(await world.ask(request, full), { name: b, size, etag: /./ }, placing);
    t.equal((await world.versions(`users/ann/${b}`)).length, 1, 'it was made once');
    await t.rejects(move(world, a, b), code('file_exists'), 'a move makes another copy');
    await world.put(`users/ann/${a}`, 'another version');
    await t.rejects(copy(world, a, b), code('file_exists'), 'of what is there now');
    await copy(world, b, `c${size}`);
    await t.rejects(copy(world, a, `c${size}`), code('file_exists'), 'a copy of the copy');
  }
});

t.test('of two copies at once, one is made, and both are answered', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  let second: Promise<unknown> | undefined;
  world.hook.onCall = async (_number, name, when) => {
    if (second || name !== 'CopyObjectCommand' || when !== 'before') return;
    second = copy(world, 'a', 'b');
    await second;
  };
  t.match(await copy(world, 'a', 'b'), { name: 'b', size: 3 });
  t.match(await second, { name: 'b', size: 3 });
  t.equal((await world.versions('users/ann/b')).length, 1);
});

t.test('a file that comes while a copy is made stays', async (t) => {
  for (const [size, placing] of [
    [1, 'CopyObjectCommand'],
    [PART_BYTES + 1, 'CompleteMultipartUploadCommand'],
  ] as const) {
    const world = await createWorld(t);
    await world.put('users/ann/a', Buffer.alloc(size));
    world.hook.onCall = async (_number, name, when) => {
      if (name === placing && when === 'before') await world.put('users/ann/b', 'first');
    };
    await t.rejects(move(world, 'a', 'b'), code('file_exists'), placing);
    t.equal(await world.get('users/ann/b'), 'first', placing);
    t.equal((await world.head('users/ann/a'))?.ContentLength, size, placing);
  }
});

t.test('a large file is copied in parts, with its headers and a mark of nothing else', async (t) => {
  const world = await createWorld(t);
  const content = Buffer.alloc(PART_BYTES + 1, 'many bytes, ');
  await world.put('users/ann/film', content, { ContentType: 'video/mp4', Metadata: { by: 'rclone' } });
  await move(world, 'film', 'films/first');
  t.match(await world.head('users/ann/films/first'), {
    ContentType: 'video/mp4',
    Metadata: { by: 'rclone' },
  });
  t.ok((await world.get('users/ann/films/first')) === content.toString());
  t.equal(world.calls.filter((name) => name === 'UploadPartCopyCommand').length, 2);
  t.equal(await world.get('users/ann/film'), undefined);
  await copy(world, 'films/first', 'films/second');
  t.strictSame(
    Object.keys((await world.head('users/ann/films/second'))?.Metadata ?? {}).toSorted(),
    ['by', 'made-from'],
    'the mark of the copy alone',
  );
});

t.test('a part that fails ends the copy, and nothing of it is kept', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/film', Buffer.alloc(PART_BYTES + 1));
  let parts = 0;
  world.hook.onCall = (_number, name, when) => {
    if (name === 'UploadPartCopyCommand' && when === 'before' && ++parts === 2) throw new Error('no answer');
  };
  await t.rejects(copy(world, 'film', 'b'), code('files_unavailable'));
  t.equal(world.calls.at(-1), 'AbortMultipartUploadCommand');
  t.equal(await world.get('users/ann/b'), undefined);
});

t.test('whoever has signed out while parts were copied has copied nothing', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/film', Buffer.alloc(PART_BYTES + 1));
  world.hook.onCall = async (_number, name) => {
    const { user, version } = world.memory.record(ANN);
    if (name === 'UploadPartCopyCommand')
      await world.memory.users.write(ANN, version, { ...user, sessions: [] });
  };
  await t.rejects(copy(world, 'film', 'b'), code('no_session'));
  t.equal(await world.get('users/ann/b'), undefined);
});

t.test('a move ends the shares of the old name alone, and says how many', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  await world.put('users/ann/.thumbnails/a', 'small');
  const shares = createShares(world.deps);
  const share = (name: string) =>
    shares.create(
      world.person(ANN, ANNS),
      { name, etag: 'e', expiresAtEpoch: nowEpoch() + 600 },
      async (id) => `${id}`,
    );
  for (const name of ['a', 'a', 'b']) await share(name);
  t.match(await copy(world, 'a', 'copy'), { name: 'copy' });
  t.equal(world.memory.record(ANN).user.shares.length, 3, 'a copy ends none');
  t.match(await move(world, 'a', 'moved'), { name: 'moved', size: 3, sharesEnded: 2, edge: 'told' });
  t.strictSame(
    world.memory.record(ANN).user.shares.map(({ name }) => name),
    ['b'],
  );
  t.equal(await world.get('users/ann/moved'), 'one');
  t.equal(await world.get('users/ann/.thumbnails/moved'), 'small');
  t.strictSame(
    (await world.versions('users/ann/')).filter((key) => /a\*?$/.test(key)),
    [],
    'nothing is kept under the old name',
  );
});

t.test('a file moves into a team and back, also of the provider', async (t) => {
  for (const kind of ['made', 'provider'] as const) {
    const world = await createWorld(t, { kind });
    const { team, teamId } = world;
    const taken: unknown[] = [];
    const deps = { ...world.deps, usage: { take: async (...given: unknown[]) => void taken.push(given) } };
    await world.put('users/ann/a', 'one');
    const there = { owner: team, name: 'a' };
    const token = world.token(ANN);
    await world.ask({ operation: 'move', token, from: own('a'), to: there }, deps);
    t.equal(await world.get(`teams/${teamId}/a`), 'one', kind);
    t.equal(await world.get('users/ann/a'), undefined, kind);
    t.strictSame(taken, [[team, `teams/${teamId}/a`, 3]], kind);
    await world.ask({ operation: 'move', token, from: there, to: { owner: team, name: 'b' } }, deps);
    t.equal(taken.length, 1, 'the folder does not grow');
    await world.ask({ operation: 'move', token, from: { owner: team, name: 'b' }, to: own('a') }, deps);
    t.equal(await world.get('users/ann/a'), 'one', kind);
    t.equal(await world.get(`teams/${teamId}/b`), undefined, kind);
  }
});

t.test('where there is no room, nothing is copied', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a');
  const take = () => Promise.reject(new GatewayError('quota_exceeded'));
  const request = { token: world.token(ANN), from: own('a'), to: { owner: world.team, name: 'a' } };
  for (const operation of ['copy', 'move'] as const) {
    await t.rejects(
      world.ask({ operation, ...request }, { ...world.deps, usage: { take } }),
      code('quota_exceeded'),
      operation,
    );
  }
  const within = { ...request, operation: 'copy' as const, to: own('b') };
  await t.rejects(
    world.ask(within, { ...world.deps, usage: { take } }),
    code('quota_exceeded'),
    'in a folder',
  );
  t.notOk(world.calls.includes('CopyObjectCommand'));
});

t.test('a name that an upload could not have is refused, before S3 is asked', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a', 'one');
  for (const to of [
    '',
    '/',
    'a/',
    '../ben/a',
    './b',
    'b//c',
    '.thumbnails/b',
    'b\0',
    'b\\c',
    `${'b'.repeat(1_100)}`,
  ]) {
    for (const ask of [copy, move]) await t.rejects(ask(world, 'a', to), code('invalid_name'), to);
  }
  for (const from of ['', '../ben/a', 'a/', '.thumbnails/a']) {
    await t.rejects(move(world, from, 'b'), code('invalid_name'), from);
  }
  t.strictSame(world.calls, []);
  await t.rejects(move(world, 'none', 'b'), code('no_such_file'));
  await world.put('users/ann/\u00e9', 'composed');
  t.match(await move(world, 'e\u0301', 'cafe\u0301'), { name: 'caf\u00e9' });
});

t.test('the role of the mover reads and writes nothing outside the two folders', async (t) => {
  const world = await createWorld(t);
  await world.put('elsewhere/a');
  const denied = { name: 'AccessDenied' };
  const CopySource = `${Bucket}/elsewhere/a`;
  await t.rejects(world.s3.send(new CopyObjectCommand({ Bucket, Key: 'users/ann/a', CopySource })), denied);
  await t.rejects(world.s3.send(new PutObjectCommand({ Bucket, Key: 'elsewhere/b', Body: '' })), denied);
});
