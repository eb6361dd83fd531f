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

/** The lines that a call writes. */
async function logOf(call: () => Promise<unknown>): Promise<object[]> {
  const lines: object[] = [];
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  // The test itself writes there, too.
  stdout.write = (text: string | Uint8Array) =>
    String(text).startsWith('{') ? lines.push(JSON.parse(String(text))) > 0 : write(text);
  try {
    await call();
  } finally {
    stdout.write = write;
  }
  return lines;
}

t.test('who waits gets the code, and Lambda tries again what goes on in the background', async (t) => {
  const logged = [{ level: 50, time: Number, code: 'store_unavailable', err: Object, msg: 'failed' }];
  const lines = await logOf(async () => t.match(await handler(copy), { code: 'store_unavailable' }));
  t.match(lines, logged);
  t.equal(lines.length, 1);
  const again = await logOf(() =>
    t.rejects(handler({ ...copy, id: 'copy-1' }), { code: 'store_unavailable' }),
  );
  t.match(again, logged);
});
