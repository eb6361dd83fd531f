import t from 'tap';
import { noCeph, startCeph } from '../support/ceph.ts';
import { roundTrip } from '../support/round-trip.ts';
import { startTestStack } from '../support/test-stack.ts';

t.test(
  'every uploaded file is listed and comes back, through Ceph',
  {
    skip: noCeph,
    timeout: 180_000,
  },
  async (t) => {
    const ceph = await startCeph(t);
    // Ceph removes spaces at the end of a form's key.
    await roundTrip(t, await startTestStack(t, { externalS3: ceph }), ceph, 130, / $/);
  },
);
