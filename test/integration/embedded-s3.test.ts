import t from 'tap';
import { startTestStack } from '../support/test-stack.ts';
import { endToEndSuite } from './support/end-to-end.ts';

t.test('the whole path with the embedded S3', async (t) => {
  const stack = await startTestStack(t);
  await endToEndSuite(t, stack, `${stack.s3Origin}/gateway-files`);
});
