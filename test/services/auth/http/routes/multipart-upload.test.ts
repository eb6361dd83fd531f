import t from 'tap';
import { BUCKET } from '../../../../../services/local/state.ts';
import { multipartSuite } from '../../../../support/multipart-suite.ts';
import { operatorsBucket } from '../../../../support/operators-bucket.ts';
import { takenNamesSuite } from '../../../../support/taken-names-suite.ts';
import { startTestStack } from '../../../../support/test-stack.ts';

const stack = await startTestStack(t);
const bucket = operatorsBucket(t, stack);
multipartSuite(t, stack, bucket);
takenNamesSuite(t, stack, bucket);

t.test('the page of the app may send files and parts, and no other page', async (t) => {
  const preflight = (origin: string, headers: string) =>
    fetch(`${stack.s3Origin}/${BUCKET}/users/x/film.mp4?partNumber=1&uploadId=x`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': headers,
      },
    });
  const sent = 'content-type,if-none-match,x-amz-checksum-sha256,x-amz-content-sha256';
  const answer = await preflight(stack.appOrigin, sent);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('access-control-allow-origin'), stack.appOrigin);
  t.equal((await preflight('http://localhost:1', 'x-amz-checksum-sha256')).status, 403);
  t.equal((await preflight(stack.appOrigin, 'x-amz-copy-source')).status, 403);
});
