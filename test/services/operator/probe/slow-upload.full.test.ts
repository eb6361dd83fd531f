import t from 'tap';
import { createPutPresigner } from '../../../../services/auth/adapters/put-presigner.ts';
import { readRunning } from '../../../../services/local/running.ts';
import { openFileStore } from '../../../../services/operator/cli/stores.ts';
import { PAST_EXPIRY } from '../../../../services/operator/probe/slow-upload.ts';
import { withWorld } from '../../../../services/operator/probe/world.ts';
import { startStand } from './support/stand.ts';

t.test('an upload that begins in time may end late', async (t) => {
  const { operator, stack } = await startStand(t);
  const files = openFileStore(readRunning(stack.directory), stack.directory);
  const presigner = await createPutPresigner({ ...files, now: Date.now });
  const asked = withWorld(
    {
      ...operator,
      presignUpload: async ({ type, replace: _, ...put }) =>
        presigner.presign({ ...put, headers: { 'content-type': type }, lifetimeSeconds: 12 }),
    },
    { figure: () => {}, say: () => {}, isWatching: false, signal: new AbortController().signal },
    async (world) => {
      const began = Date.now();
      const seen = await PAST_EXPIRY.ask(world);
      return { seen, isLate: Date.now() - began > 12_000 };
    },
  );
  t.strictSame((await asked).seen, { seen: PAST_EXPIRY.assumed, isLate: true });
});
