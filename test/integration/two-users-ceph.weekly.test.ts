// Weekly, because of its cost: 125 CPU seconds; `.ci/run` does 1,000. Last result, November 2026: no byte of the other
// user, nothing overwritten unasked.

import t from 'tap';
import { noCeph, startCeph } from '../support/ceph.ts';
import { startTestStack } from '../support/test-stack.ts';
import { twoUsers } from './support/two-users.ts';

const OPERATIONS = 10_000;

t.setTimeout(900_000);

t.test('two users, 10,000 random operations each, on Ceph', { skip: noCeph, timeout: 900_000 }, async (t) => {
  const ceph = await startCeph(t);
  const seen = await twoUsers(t, await startTestStack(t, { externalS3: ceph }), OPERATIONS);
  t.comment(Object.fromEntries(seen));
  t.ok([...seen.values()].reduce((sum, each) => sum + each, 0) > OPERATIONS);
});
