import t from 'tap';
import { noCeph, startCeph } from '../support/ceph.ts';
import { startTestStack } from '../support/test-stack.ts';
import { twoUsers } from './support/two-users.ts';

const OPERATIONS = 1_000;

t.setTimeout(240_000);

t.test('two users, 1,000 random operations each, on Ceph', { skip: noCeph, timeout: 240_000 }, async (t) => {
  const ceph = await startCeph(t);
  const seen = await twoUsers(t, await startTestStack(t, { externalS3: ceph }), OPERATIONS);
  t.comment(Object.fromEntries(seen));
  t.ok([...seen.values()].reduce((sum, each) => sum + each, 0) > OPERATIONS);
});
