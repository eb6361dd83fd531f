// Weekly, because of its cost: four CPU minutes; `.ci/run` does 2,000 and 250 by one seed. Last result, November 2026:
// no byte of the other user, nothing overwritten unasked, neither with the local S3 nor with Ceph.

import t from 'tap';
import { noCeph, startCeph } from '../support/ceph.ts';
import { startTestStack } from '../support/test-stack.ts';
import { twoUsers } from './support/two-users.ts';

const OPERATIONS = 10_000;

t.setTimeout(900_000);

t.test('two users, 10,000 random operations each, on the local S3', { timeout: 900_000 }, async (t) =>
  twoUsers(t, await startTestStack(t), OPERATIONS),
);

t.test('two users, 10,000 random operations each, on Ceph', { skip: noCeph, timeout: 900_000 }, async (t) =>
  twoUsers(t, await startTestStack(t, { externalS3: await startCeph(t) }), OPERATIONS),
);
