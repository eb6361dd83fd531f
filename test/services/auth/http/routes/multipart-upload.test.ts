import { S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { BUCKET, REGION } from '../../../../../services/local/state.ts';
import { multipartSuite } from '../../../../support/multipart-suite.ts';
import { startTestStack } from '../../../../support/test-stack.ts';

const stack = await startTestStack(t);
const s3 = new S3Client({
  endpoint: stack.s3Origin,
  region: REGION,
  forcePathStyle: true,
  credentials: stack.state.secrets.operator,
});
t.teardown(() => s3.destroy());

multipartSuite(t, stack, { s3, bucketName: BUCKET, bucketUrl: `${stack.s3Origin}/${BUCKET}` });

t.test('the page of the app may send parts, and no other page', async (t) => {
  const preflight = (origin: string, headers: string) =>
    fetch(`${stack.s3Origin}/${BUCKET}/users/x/film.mp4?partNumber=1&uploadId=x`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': headers,
      },
    });
  const answer = await preflight(stack.appOrigin, 'content-type,x-amz-checksum-sha256,x-amz-content-sha256');
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('access-control-allow-origin'), stack.appOrigin);
  t.equal((await preflight('http://localhost:1', 'x-amz-checksum-sha256')).status, 403);
  t.equal((await preflight(stack.appOrigin, 'x-amz-copy-source')).status, 403);
});
