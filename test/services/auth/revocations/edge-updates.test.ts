import t from 'tap';
import { parseUserId } from '../../../../core/user-id.ts';
import { EdgeRefusal, type EdgeStore } from '../../../../services/auth/domain/ports.ts';
import { createEdgeUpdates } from '../../../../services/auth/revocations/edge-updates.ts';
import { createSetAside } from '../../../../services/auth/revocations/set-aside.ts';
import { SYSTEM_CLOCK } from '../../../../services/auth/surroundings.ts';

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
      await updates.write([item], steps);
    t.equal(setAside.counts().full, 1);
    t.equal(deletions, 2, 'the room is looked for once more, and not again');
  },
);
