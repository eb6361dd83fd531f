import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { parseTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { MoveEnd, MoveRecord } from '../../../../services/auth/domain/mover.ts';
import { createMoves } from '../../../../services/auth/files/moves.ts';

const ANN = parseUserId('ann');
const OWN = userOwner(ANN);
const TEAM = teamOwner(parseTeamId('a'.repeat(26)));
const ASKER = { owner: OWN, userId: ANN, token: 't' };
const LAST_MODIFIED = new Date('2026-01-02T03:04:05Z');

/** Moves of files of such sizes. Above 10 bytes, they go on in the background. */
function start(sizes: Record<string, number>, { isDown = false } = {}) {
  const calls: unknown[] = [];
  const records = new Map<string, MoveRecord>();
  const ends: MoveEnd[] = [];
  const never = async () => {
    throw new Error('nobody asks this');
  };
  const moves = createMoves({
    mover: {
      ...{ trash: never, versions: never, restore: never, restoreMany: never, deleteVersion: never },
      ...{ emptyTrash: never, count: never },
      async copy({ to }) {
        calls.push(['copy', to.name]);
        return { name: to.name, size: 1, etag: 'e' };
      },
      async move({ to }) {
        calls.push(['move', to.name]);
        return { name: to.name, size: 1, etag: 'e', sharesEnded: 3, edge: 'told' };
      },
      async begin(operation, { id, ...request }) {
        calls.push([`${operation} later`, request]);
        t.ok(records.has(id), 'the record is there before the move begins');
        if (isDown) throw new GatewayError('files_unavailable');
      },
    },
    objects: {
      find: async (key) => {
        const size = sizes[key];
        return size === undefined ? undefined : { key, size, etag: 'e', lastModified: LAST_MODIFIED };
      },
    },
    usage: {
      take: async (owner, key, bytes) => void calls.push(['take', owner.kind, key, bytes]),
    },
    records: {
      create: async (id, record) => void records.set(id, record),
      read: async (id) => records.get(id),
      finish: async (_id, end) => void ends.push(end),
    },
    nowEpoch: () => 1_000,
    limits: { copyBytes: 10 },
  });
  return { moves, calls, records, ends };
}

t.test('a file up to the limit is copied or moved at once', async (t) => {
  const { moves, calls, records } = start({ 'users/ann/a': 10 });
  const wanted = { from: 'a', to: 'b', toOwner: OWN };
  t.strictSame(await moves.start('copy', ASKER, wanted), {
    file: { name: 'b', size: 1, etag: 'e', sharesEnded: 0 },
  });
  t.match(await moves.start('move', ASKER, wanted), { file: { sharesEnded: 3, edge: 'told' } });
  t.strictSame(
    [calls, records.size],
    [
      [
        ['copy', 'b'],
        ['move', 'b'],
      ],
      0,
    ],
  );
  await t.rejects(moves.start('copy', ASKER, { ...wanted, from: 'none' }), { code: 'no_such_file' });
});

t.test('a larger one goes on in the background, and takes space where it is new', async (t) => {
  for (const [operation, toOwner, key] of [
    ['copy', OWN, 'users/ann/b'],
    ['move', OWN, undefined],
    ['copy', TEAM, `teams/${TEAM.id}/b`],
    ['move', TEAM, `teams/${TEAM.id}/b`],
  ] as const) {
    const what = `${operation} into the folder of a ${toOwner.kind}`;
    const { moves, calls, records, ends } = start({ 'users/ann/a': 11 });
    const begun = await moves.start(operation, ASKER, { from: 'a', to: 'b', toOwner });
    const id = 'id' in begun ? begun.id : '';
    t.match(id, /^[\w-]{22}$/, what);
    t.strictSame(records.get(id), { userId: ANN, from: OWN, startedAtEpoch: 1_000 }, what);
    const request = { from: { owner: OWN, name: 'a' }, to: { owner: toOwner, name: 'b' } };
    t.strictSame(
      calls,
      [
        ...(key === undefined ? [] : [['take', toOwner.kind, key, 11]]),
        [`${operation} later`, { token: 't', ...request, replace: undefined }],
      ],
      what,
    );
    t.strictSame(ends, [], what);
  }
});

t.test('a large file does not take the place of another one by itself', async (t) => {
  const taken = {
    ...{ code: 'file_exists', members: { size: 12, lastModified: '2026-01-02T03:04:05.000Z' } },
  };
  const sizes = { 'users/ann/a': 11, 'users/ann/b': 12, 'users/ann/same': 11 };
  const begin = (to: string, replace?: boolean) =>
    start(sizes).moves.start('copy', ASKER, { from: 'a', to, toOwner: OWN, replace });
  await t.rejects(begin('b'), taken);
  t.match(await begin('b', true), { id: String });
  t.match(await begin('same'), { id: String }, 'an earlier try of this request may have made it');
  const own = { code: 'file_exists', members: { size: 11 } };
  await t.rejects(begin('a'), own, 'onto itself');
  await t.rejects(begin('a', true), own, 'onto itself, with leave to replace');
});

t.test('a move that could not begin is told as failed, and stays so', async (t) => {
  const { moves, ends } = start({ 'users/ann/a': 11 }, { isDown: true });
  const failed = moves.start('move', ASKER, { from: 'a', to: 'b', toOwner: OWN });
  await t.rejects(failed, { code: 'files_unavailable' });
  t.strictSame(ends, [{ state: 'failed', code: 'files_unavailable' }]);
});

t.test('only who began it, from its folder, hears how it stands', async (t) => {
  const { moves, records } = start({});
  records.set('i', { userId: ANN, from: TEAM, startedAtEpoch: 1_000 });
  t.strictSame(await moves.read('i', { owner: TEAM, userId: ANN }), { state: 'moving' });
  for (const [id, by] of [
    ['i', { owner: OWN, userId: ANN }],
    ['i', { owner: TEAM, userId: parseUserId('bob') }],
    ['none', { owner: TEAM, userId: ANN }],
  ] as const) {
    await t.rejects(moves.read(id, by), { code: 'not_found' }, `${id} ${by.userId} ${by.owner.kind}`);
  }
});
