import t from 'tap';
import { createClockGuard } from '../../../../services/auth/domain/clock-guard.ts';
import { answered } from '../../../../services/operator/cli/stores.ts';

t.test('a command on a machine with a wrong clock says what to do', async (t) => {
  const guard = createClockGuard();
  guard.compare({ sentAtMs: 200_000, receivedAtMs: 200_000, dateMs: 0 });
  const write = async () => guard.check();
  await t.rejects(answered(write(), 'nothing was changed'), {
    name: 'Error',
    message:
      'the clock of this machine is 199 seconds ahead of that of the stores: set it, and run this again',
  });
});
