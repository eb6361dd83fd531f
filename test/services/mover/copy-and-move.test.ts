import t from 'tap';
import { GatewayError } from '../../../core/errors.ts';
import { createShares } from '../../../services/auth/shares/shares.ts';
import { nowEpoch } from '../auth/support/seed-session.ts';
import { ANN, ANNS, createWorld, PART_BYTES, type World } from './support/world.ts';

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

t.test('a large file is copied in parts, with its headers and a mark of nothing else', async (t) => {
  const world = await createWorld(t);
  const content = Buffer.alloc(PART_BYTES + 1, 'many bytes, ');
  await world.put('users/ann/film', content, { ContentType: 'video/mp4', Metadata: { by: 'rclone' } });
  t.match(await move(world, 'film', 'films/first'), { etag: /-2$/ });
  t.match(await world.head('users/ann/films/first'), {
    ContentType: 'video/mp4',
    Metadata: { by: 'rclone' },
  });
  t.ok((await world.get('users/ann/films/first')) === content.toString());
  t.equal(await world.get('users/ann/film'), undefined);
  await copy(world, 'films/first', 'films/second');
  t.strictSame(
    Object.keys((await world.head('users/ann/films/second'))?.Metadata ?? {}).toSorted(),
    ['by', 'made-from'],
    'the mark of the copy alone',
  );
});

t.test('whoever has signed out while parts were copied has copied nothing', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/film', Buffer.alloc(PART_BYTES + 1));
  world.hook.onCall = () => world.signOut(ANN);
  await t.rejects(copy(world, 'film', 'b'), code('no_session'));
  t.strictSame(await world.versions(), ['users/ann/film*']);
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
  t.strictSame(await world.versions(), ['users/ann/a*']);
});
