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
    const updates = createEdgeUpdates(full, setAside);
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
    createSetAside(SYSTEM_CLOCK, () => {}),
  );
  await updates.begin();
  const keys = numbered('.', MAX_BATCH * 2 + 1).map((key) => ({ key, entry: undefined, isShrinking: true }));
  const item = { ownKey: parseUserId('ann'), keys, noted: async () => {} };
  const mayGoOn = async () => calls.push('asked') < 4;
  t.equal(await updates.write([item], { mayGoOn, onWritten: async () => {} }), false);
  t.strictSame(calls, ['50 keys', 'asked', '50 keys', 'asked']);
});
