import t from 'tap';
import { GatewayError } from '../../../../core/errors.ts';
import { newTeamId, teamOwner, userOwner } from '../../../../core/owner.ts';
import { parseUserId } from '../../../../core/user-id.ts';
import type { Mover } from '../../../../services/auth/domain/mover.ts';
import { createMoves, type Wanted } from '../../../../services/auth/files/moves.ts';

const ANN = parseUserId('ann');
const [OWN, TEAM] = [userOwner(ANN), teamOwner(newTeamId())];
const NOW = 1_795_600_000;
const LIMIT = 100;

/** A folder with a small and a large file, and what is asked of others. */
function start({ isBeginFailing = false } = {}) {
  const calls: unknown[] = [];
  const sizes = new Map([
    ['users/ann/small', LIMIT],
    ['users/ann/large', LIMIT + 1],
    ['users/ann/same', LIMIT + 1],
    ['users/ann/other', 7],
  ]);
  const unused = () => Promise.reject(new Error('nobody asks this'));
  const copied = { name: 'b', etag: 'e', size: LIMIT };
  const mover: Mover = {
    ...{ trash: unused, versions: unused, restore: unused, restoreMany: unused },
    ...{ deleteVersion: unused, emptyTrash: unused, count: unused },
    async copy() {
      calls.push('copy');
      return copied;
    },
    async move() {
      calls.push('move');
      return { ...copied, sharesEnded: 2, edge: 'told' };
    },
    async begin(operation) {
      calls.push(`begin ${operation}`);
      if (isBeginFailing) throw new GatewayError('files_unavailable');
    },
  };
  const moves = createMoves({
    mover,
    objects: {
      find: async (key) => {
        const size = sizes.get(key);
        return size === undefined ? undefined : { key, size, etag: 'e', lastModified: new Date(0) };
      },
    },
    usage: {
      take: async (owner, key, bytes) =>
        void calls.push(`take ${owner.kind} ${key.split('/').at(-1)} ${bytes}`),
    },
    records: {
      create: async (_id, record) => void calls.push({ create: record }),
      read: async () => undefined,
      finish: async (_id, end) => void calls.push({ finish: end }),
    },
    nowEpoch: () => NOW,
    limits: { copyBytes: LIMIT },
  });
  const begin = async (operation: 'copy' | 'move', wanted: Partial<Wanted>) => {
    const asked = { from: 'large', to: 'b', toOwner: OWN, ...wanted };
    const started = await moves
      .start(operation, { owner: OWN, userId: ANN, token: 't' }, asked)
      .then((done) => ('id' in done ? 'goes on' : done.file.sharesEnded))
      .catch((error: unknown) => (error instanceof GatewayError ? error.code : error));
    return { started, calls: calls.splice(0) };
  };
  return begin;
}

const CREATED = { create: { userId: ANN, from: OWN, startedAtEpoch: NOW } };

t.test(
  'a small file is copied or moved at once; a large one goes on, and takes its room first',
  async (t) => {
    const rows: [operation: 'copy' | 'move', wanted: Partial<Wanted>, started: unknown, calls: unknown[]][] =
      [
        ['copy', { from: 'small' }, 0, ['copy']],
        ['move', { from: 'small' }, 2, ['move']],
        ['move', { from: 'none' }, 'no_such_file', []],
        ['copy', {}, 'goes on', [`take user b ${LIMIT + 1}`, CREATED, 'begin copy']],
        ['move', {}, 'goes on', [CREATED, 'begin move']],
        ['move', { toOwner: TEAM }, 'goes on', [`take team b ${LIMIT + 1}`, CREATED, 'begin move']],
        ['move', { to: 'other' }, 'file_exists', []],
        ['move', { to: 'other', replace: true }, 'goes on', [CREATED, 'begin move']],
        ['move', { to: 'same' }, 'goes on', [CREATED, 'begin move']],
        ['move', { to: 'large' }, 'file_exists', []],
        ['move', { to: 'large', replace: true }, 'file_exists', []],
      ];
    for (const [operation, wanted, started, calls] of rows)
      t.strictSame(
        await start()(operation, wanted),
        { started, calls },
        `${operation} ${JSON.stringify(wanted)}`,
      );
  },
);

t.test(
  'who began a move, and nobody else, learns how it stands, in the folder that it is from',
  async (t) => {
    const unused = () => Promise.reject(new Error('nobody asks this'));
    const record = { userId: ANN, from: OWN, startedAtEpoch: NOW };
    const { read } = createMoves({
      mover: {
        ...{ copy: unused, move: unused, begin: unused, trash: unused, versions: unused, restore: unused },
        ...{ restoreMany: unused, deleteVersion: unused, emptyTrash: unused, count: unused },
      },
      ...{ objects: { find: unused }, usage: { take: unused }, limits: { copyBytes: LIMIT } },
      records: {
        create: unused,
        read: async (id) => (id === 'i' ? record : undefined),
        finish: unused,
      },
      nowEpoch: () => NOW,
    });
    t.strictSame(await read('i', { owner: OWN, userId: ANN }), { state: 'moving' });
    for (const [what, id, by] of [
      ['none', 'j', { owner: OWN, userId: ANN }],
      ['of somebody else', 'i', { owner: OWN, userId: parseUserId('ben') }],
      ['from another folder', 'i', { owner: TEAM, userId: ANN }],
    ] as const) {
      await t.rejects(read(id, by), { code: 'not_found' }, what);
    }
  },
);

t.test('what could not begin is noted as failed, since its answer alone may be lost', async (t) => {
  const failed = { finish: { state: 'failed', code: 'files_unavailable' } };
  t.strictSame(await start({ isBeginFailing: true })('move', {}), {
    started: 'files_unavailable',
    calls: [CREATED, 'begin move', failed],
  });
});
