import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createClockGuard } from '../../../../services/auth/adapters/clock-guard.ts';
import { answered, openFileStore } from '../../../../services/operator/cli/stores.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

t.test('an s3.json without credentials is no local stack', async (t) => {
  const directory = temporaryDirectory(t);
  const open = (place: unknown) => {
    writeFileSync(join(directory, 's3.json'), JSON.stringify(place));
    return openFileStore({}, directory).bucketName;
  };
  const place = { endpoint: 'http://localhost:9090', accessKeyId: 'a', secretAccessKey: 's' };
  t.equal(open(place), 'gateway-files');
  for (const name of Object.keys(place)) {
    t.throws(() => open({ ...place, [name]: undefined }), { message: /^there is no local stack/ }, name);
  }
});

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
