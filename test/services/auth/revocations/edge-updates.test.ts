import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { EdgeRefusal, type EdgeStore } from '../../../../services/auth/domain/ports.ts';
import { createEdgeUpdates, MAX_BATCH } from '../../../../services/auth/revocations/edge-updates.ts';
import { createSetAside } from '../../../../services/auth/revocations/set-aside.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/surroundings.ts';
import { numbered } from '../support/revoking.ts';

t.test(
  'in a full store, an item whose one key goes and whose other finds no room is set aside',
  async (t) => {
    let deletions = 0;
    // The key is not there any more, so its deletion makes no room.
    const full: EdgeStore = {
      describe: async () => ({ version: '1', bytes: 0 }),
      async write(version, entries) {
        if (entries.some(({ entry }) => entry !== undefined)) throw new EdgeRefusal('full');
        deletions++;
        return { version, bytes: 0 };
      },
    };
    const setAside = createSetAside(SYSTEM_CLOCK, () => {});
    const updates = createEdgeUpdates(full, {}, setAside);
    await updates.begin();
    const item = {
      ownKey: parseUserId('ann'),
      keys: [
        { key: '.1', entry: undefined, isShrinking: true },
        { key: 'ann', entry: '0,1795000000,|0,', isShrinking: false },
      ],
      noted: async () => {},
    };
    const steps = { mayGoOn: async () => true, onWritten: async () => {} };
    // As the writer does: whatever is not set aside is read again.
    for (let times = 0; times < 10 && setAside.counts().full === 0; times++)
      t.equal(await updates.write([item], steps), true, 'no other process has written');
    t.equal(setAside.counts().full, 1);
    t.equal(deletions, 2, 'the room is looked for once more, and not again');
  },
);

t.test('a full store is given what makes room first, and then the shortest entries', async (t) => {
  const writes: string[][] = [];
  const edge: EdgeStore = {
    describe: async () => ({ version: '1', bytes: 0 }),
    async write(version, entries) {
      writes.push(entries.map(({ key }) => key));
      if (writes.length === 1) throw new EdgeRefusal('full');
      return { version, bytes: 0 };
    },
  };
  const updates = createEdgeUpdates(
    edge,
    {},
    createSetAside(SYSTEM_CLOCK, () => {}),
  );
  const items = [
    { key: 'long', entry: '0,1795000000,1795000001,|0,', isShrinking: false },
    { key: 'gone', entry: undefined, isShrinking: true },
    { key: 'short', entry: '0,|0,1,', isShrinking: false },
    { key: 'middle', entry: '0,1795000000,|0,', isShrinking: false },
    { key: 'shrinks', entry: '0,1795000000,1795000001,1795000002,|0,', isShrinking: true },
  ].map((key) => ({ ownKey: parseUserId(key.key), keys: [key], noted: async () => {} }));
  const steps = { mayGoOn: async () => true, onWritten: async () => {} };
  for (const isFull of [false, true]) {
    t.equal(updates.isFull(), isFull);
    await updates.begin();
    t.equal(await updates.write(items, steps), true);
  }
  t.strictSame(writes, [
    ['long', 'gone', 'short', 'middle', 'shrinks'],
    ['gone', 'shrinks'],
    ['short', 'middle', 'long'],
  ]);
});

t.test('whether it may go on is asked before each update but the first', async (t) => {
  const calls: string[] = [];
  const edge: EdgeStore = {
    describe: async () => ({ version: '1', bytes: 0 }),
    async write(version, entries) {
      calls.push(`${entries.length} keys`);
      return { version, bytes: 0 };
    },
  };
  const updates = createEdgeUpdates(
    edge,
    {},
    createSetAside(SYSTEM_CLOCK, () => {}),
  );
  await updates.begin();
  const keys = numbered('.', MAX_BATCH * 2 + 1).map((key) => ({ key, entry: undefined, isShrinking: true }));
  const item = { ownKey: parseUserId('ann'), keys, noted: async () => {} };
  const mayGoOn = async () => calls.push('asked') < 4;
  t.equal(await updates.write([item], { mayGoOn, onWritten: async () => {} }), false);
  t.strictSame(calls, ['50 keys', 'asked', '50 keys', 'asked']);
});

t.test('what meets the write of another process is not written on the new version', async (t) => {
  let version = 1;
  const written: string[] = [];
  const edge: EdgeStore = {
    describe: async () => ({ version: `${version}`, bytes: 0 }),
    async write(expected, entries) {
      if (expected !== `${version}`) return false;
      written.push(...entries.map(({ key }) => key));
      return { version: expected, bytes: 0 };
    },
  };
  const updates = createEdgeUpdates(
    edge,
    {},
    createSetAside(SYSTEM_CLOCK, () => {}),
  );
  await updates.begin();
  version++;
  const keys = [{ key: 'ann', entry: '0,1795000000,|0,', isShrinking: false }];
  const item = { ownKey: parseUserId('ann'), keys, noted: async () => {} };
  const steps = { mayGoOn: async () => true, onWritten: async () => {} };
  t.equal(await updates.write([item], steps), false);
  t.strictSame(written, [], 'the item was read before the other write');
  await updates.begin();
  t.equal(await updates.write([item], steps), true);
  t.strictSame(written, ['ann']);
});

t.test('an item with two entries that the store refuses waits as long as one with one', async (t) => {
  let nowMs = 0;
  const clock = { ...SYSTEM_CLOCK, monotonicMs: () => nowMs };
  const refusing: EdgeStore = {
    describe: async () => ({ version: '1', bytes: 0 }),
    async write() {
      throw new EdgeRefusal('invalid');
    },
  };
  const setAside = createSetAside(clock, () => {});
  const updates = createEdgeUpdates(refusing, {}, setAside);
  await updates.begin();
  const keys = ['ann', '.1'].map((key) => ({ key, entry: '0,1795000000,|0,', isShrinking: false }));
  const ownKey = parseUserId('ann');
  const item = { ownKey, keys, noted: async () => {} };
  const steps = { mayGoOn: async () => true, onWritten: async () => {} };
  t.equal(await updates.write([item], steps), true);
  t.equal(setAside.failures(), 1);
  nowMs = 999;
  t.ok(setAside.has(ownKey));
  nowMs = 1_000;
  t.notOk(setAside.has(ownKey), 'the first pause is a second');
});
