// Has its own process, because the module reads its settings from the environment.

import process from 'node:process';
import t from 'tap';

Object.assign(process.env, {
  ...{ TABLE_NAME: 'sessions', DETAILS_TABLE_NAME: 'details', BUCKET_NAME: 'files' },
  KEY_VALUE_STORE_ARN: 'arn:aws:cloudfront::000000000000:key-value-store/revocations',
  ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret' },
  // Nothing listens there.
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
});
const { handler } = await import('../../../services/mover/lambda.ts');

const from = { owner: { kind: 'user', id: 'alice' }, name: 'a.txt' };
const copy = { operation: 'copy', token: `alice.${'x'.repeat(43)}`, from, to: { ...from, name: 'b.txt' } };

t.test('who waits gets the code, and Lambda tries again what goes on in the background', async (t) => {
  t.match(await handler(copy), { code: 'store_unavailable' });
  await t.rejects(handler({ ...copy, id: 'copy-1' }), { code: 'store_unavailable' });
});
