import t from 'tap';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { createMultipartStore } from '../../../../services/auth/adapters/multipart.ts';
import { createPutPresigner } from '../../../../services/auth/adapters/put-presigner.ts';
import { BUCKET, s3Client } from '../../local/support/local-s3.ts';

t.test('the answers of S3 for a file that is not made', async (t) => {
  let said: [status: number, code: string] = [500, ''];
  const conditions: unknown[] = [];
  const server = await listenOnLoopback((request, response) => {
    conditions.push(request.headers['if-none-match']);
    const [status, code] = said;
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>No.</Message></Error>`);
  }, 0);
  t.teardown(() => server.close());
  const s3 = s3Client(server.port);
  t.teardown(() => s3.destroy());
  const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: Date.now });
  const multipart = createMultipartStore({ s3, bucketName: BUCKET, presigner });
  const complete = (status: number, code: string, replace = false) => {
    said = [status, code];
    const upload = { key: 'users/abc/a', multipartId: 'x' };
    return multipart.complete(upload, [{ number: 1, size: 1, etag: '"x"' }], { replace });
  };
  t.equal(await complete(412, 'PreconditionFailed'), 'taken');
  t.equal(await complete(409, 'ConditionalRequestConflict'), 'overtaken');
  t.equal(await complete(404, 'NoSuchUpload'), 'gone');
  await t.rejects(complete(409, 'OperationAborted'), { code: 'files_unavailable' });
  await t.rejects(complete(503, 'SlowDown', true), { code: 'files_unavailable' });
  t.strictSame(
    conditions,
    ['*', '*', '*', '*', undefined],
    'the condition is sent unless the upload may replace a file',
  );
});
