// Weekly, because of its cost: 20 CPU seconds; `.ci/run` does 300. Last result, November 2026: passed.

import t from 'tap';
import { operatorsBucket } from '../support/operators-bucket.ts';
import { raceSuite } from '../support/signed-put-suite.ts';
import { startTestStack } from '../support/test-stack.ts';

t.setTimeout(300_000);

t.test('of two uploads to one name exactly one wins, 1,000 times', { timeout: 300_000 }, async (t) => {
  const stack = await startTestStack(t);
  await raceSuite(t, stack, operatorsBucket(t, stack), 1_000);
});
