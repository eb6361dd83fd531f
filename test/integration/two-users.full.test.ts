import process from 'node:process';
import t from 'tap';
import { startTestStack } from '../support/test-stack.ts';
import { twoUsers } from './support/two-users.ts';

const OPERATIONS = 2_000;

// The same operations each time, so that a commit has one verdict. two-users.weekly.test.ts tries new ones.
process.env['FC_SEED'] ??= '1';

t.setTimeout(900_000);

t.test('two users, 2,000 random operations each, on the local S3', { timeout: 900_000 }, async (t) => {
  const seen = await twoUsers(t, await startTestStack(t), OPERATIONS);
  t.comment(Object.fromEntries(seen));
  t.ok([...seen.values()].reduce((sum, each) => sum + each, 0) > OPERATIONS);
});
