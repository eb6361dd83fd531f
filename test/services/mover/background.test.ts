import t from 'tap';
import type { MoveEnd, MoveRecord } from '../../../services/auth/moves/mover.ts';
import type { CopyDeps } from '../../../services/mover/copy.ts';
import { nowEpoch } from '../auth/support/seed-session.ts';
import { ANN, ANNS, createWorld, type World } from './support/world.ts';

const KEYS = ['users/ann/a', 'users/ann/b'] as const;

/** A record of a move that Ann began. */
function recordOf(): { record: MoveRecord; moves: CopyDeps['moves'] } {
  const record: MoveRecord = { userId: ANN, from: ANNS, startedAtEpoch: nowEpoch() };
  return {
    record,
    moves: {
      read: async (id) => (id === 'known' ? record : undefined),
      async finish(_id, end) {
        if (record.end?.state !== 'done') record.end = end;
      },
    },
  };
}

const order = (world: World, operation: 'copy' | 'move', more: object = {}) => ({
  ...{ operation, token: world.token(ANN), id: 'known', ...more },
  from: { owner: ANNS, name: 'a' },
  to: { owner: ANNS, name: 'b' },
});
const there = async (world: World) =>
  Promise.all(KEYS.map(async (key) => ((await world.get(key)) === undefined ? '-' : 'file')));
const DONE: MoveEnd = { state: 'done', name: 'b' };

for (const operation of ['copy', 'move'] as const) {
  t.test(`an event of a ${operation} that comes twice does it once`, async (t) => {
    const world = await createWorld(t);
    await world.put('users/ann/a');
    const { record, moves } = recordOf();
    const deps = { ...world.deps, moves };
    await world.ask(order(world, operation), deps);
    t.strictSame(record.end, DONE);
    const after = await there(world);
    t.strictSame(after, operation === 'copy' ? ['file', 'file'] : ['-', 'file']);
    // The note of the first run was lost.
    delete record.end;
    await world.ask(order(world, operation), deps);
    t.strictSame(record.end, DONE);
    t.strictSame(await there(world), after);
    t.notOk((await world.versions('users/ann/b')).length > 1, 'one copy');
  });
}

t.test('a move that was said to have failed is not done later', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/a');
  const { record, moves } = recordOf();
  const deps = { ...world.deps, moves };
  world.hook.onCall = () => {
    throw new Error('S3 does not answer');
  };
  await world.ask(order(world, 'move'), deps);
  t.strictSame(record.end, { state: 'failed', code: 'files_unavailable' });
  world.hook.onCall = () => {};
  // Lambda delivers an event at least once.
  await world.ask(order(world, 'move'), deps);
  t.strictSame(record.end, { state: 'failed', code: 'files_unavailable' });
  t.strictSame(await there(world), ['file', '-'], 'both are as they were');
});

t.test('a crash at any call leaves a file, and the next run ends the move', async (t) => {
  const world = await createWorld(t);
  for (let crashAt = 1; ; crashAt++) {
    for (const key of KEYS) await world.remove(key);
    await world.put('users/ann/a', `content ${crashAt}`);
    const { record, moves } = recordOf();
    const deps = { ...world.deps, moves: { ...moves, finish: async () => {} } };
    world.calls.count = 0;
    world.hook.onCall = (number) => {
      if (number >= crashAt) throw new Error('the process ends');
    };
    await world.ask(order(world, 'move'), deps);
    const isWhole = world.calls.count < crashAt;
    world.hook.onCall = () => {};
    t.ok((await there(world)).includes('file'), `call ${crashAt}`);
    await world.ask(order(world, 'move'), { ...world.deps, moves });
    t.strictSame([record.end, await there(world)], [DONE, ['-', 'file']], `call ${crashAt}`);
    t.equal(await world.get('users/ann/b'), `content ${crashAt}`);
    if (isWhole) break;
  }
});

t.test('what fails says why, and another file of the name is no end', async (t) => {
  const world = await createWorld(t);
  await world.put('users/ann/b', 'of somebody else');
  const { record, moves } = recordOf();
  const deps = { ...world.deps, moves };
  await world.ask(order(world, 'move'), deps);
  t.strictSame(record.end, { state: 'failed', code: 'no_such_file' });
  await world.put('users/ann/a');
  delete record.end;
  await world.ask(order(world, 'copy'), deps);
  t.strictSame(record.end, { state: 'failed', code: 'file_exists' });
  t.strictSame(await there(world), ['file', 'file']);
  delete record.end;
  await world.ask({ ...order(world, 'move'), token: 'nobody.x' }, deps);
  t.strictSame(record.end, { state: 'failed', code: 'no_session' });
  record.end = DONE;
  world.calls.count = 0;
  await world.ask(order(world, 'move'), deps);
  await world.ask({ ...order(world, 'move'), id: 'unknown' }, deps);
  t.equal(world.calls.count, 0, 'what is done, or unknown, is not begun');
});
