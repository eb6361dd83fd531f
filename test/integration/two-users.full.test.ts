import process from 'node:process';
import t from 'tap';
import { noCeph, startCeph } from '../support/ceph.ts';
import { startTestStack } from '../support/test-stack.ts';
import { twoUsers } from './support/two-users.ts';

// The same operations each time, so that a commit has one verdict. two-users.weekly.test.ts tries new ones.
process.env['FC_SEED'] ??= '1';

t.setTimeout(900_000);

t.test('two users, 1,000 random operations each, on the local S3', { timeout: 900_000 }, async (t) =>
  twoUsers(t, await startTestStack(t), 1_000),
);

t.test('two users, 250 random operations each, on Ceph', { skip: noCeph, timeout: 240_000 }, async (t) =>
  twoUsers(t, await startTestStack(t, { externalS3: await startCeph(t) }), 250),
);
