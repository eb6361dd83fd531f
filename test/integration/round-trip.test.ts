import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { roundTrip } from '../support/round-trip.ts';
import { startTestStack } from '../support/test-stack.ts';

t.test('every uploaded file is listed and comes back, through the local S3', async (t) => {
  const stack = await startTestStack(t);
  await roundTrip(t, stack, parseOperator(readFileSync(join(stack.directory, 's3.json'), 'utf8')), 30);
});

function parseOperator(json: string) {
  return JSON.parse(json) as { endpoint: string; accessKeyId: string; secretAccessKey: string };
}
