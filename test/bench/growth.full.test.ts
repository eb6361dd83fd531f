import t from 'tap';
import { nameOfTable, startPlace } from './support/growth-of-sessions.ts';

t.test('seeded sessions are signed in, and the process of the service is found', async (t) => {
  const { renew, memory } = await startPlace(t, await nameOfTable(), 2);
  await renew();
  const { heapMegabytes, residentMegabytes } = await memory();
  t.ok(0 < heapMegabytes && heapMegabytes < residentMegabytes, `${heapMegabytes} of ${residentMegabytes} MB`);
});
