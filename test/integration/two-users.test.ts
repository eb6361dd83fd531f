import process from 'node:process';
import t from 'tap';
import { startTestStack } from '../support/test-stack.ts';
import { twoUsers } from './support/two-users.ts';

// With so few operations, only some seeds have all kinds. two-users.weekly.test.ts takes another seed each time.
process.env['FC_SEED'] ??= '3';

t.test('two users with random operations: each reads what that user wrote', async (t) => {
  const seen = await twoUsers(t, await startTestStack(t), 100);
  for (const what of [
    'written',
    'deleted',
    'thumbnail',
    'listed',
    'opened 200',
    'spelt 200',
    'refused 403',
    'share 200',
  ]) {
    t.ok(seen.get(what), what);
  }
});
