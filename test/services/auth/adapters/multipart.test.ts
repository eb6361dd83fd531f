import t from 'tap';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { createMultipartStore } from '../../../../services/auth/adapters/multipart.ts';
import { createPutPresigner } from '../../../../services/auth/adapters/put-presigner.ts';
import { BUCKET, s3Client } from '../../local/support/local-s3.ts';

t.test('parts are listed page by page, and an address of a part is good for five minutes', async (t) => {
  const part = (number: number, more = '') =>
    `<Part><PartNumber>${number}</PartNumber><Size>${number}</Size><ETag>"e${number}"</ETag>${more}</Part>`;
  const sum = `<ChecksumSHA256>${Buffer.from('ab', 'hex').toString('base64')}</ChecksumSHA256>`;
  const pages: Record<string, string> = {
    0: `<IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>${part(1, sum)}${part(2)}`,
    // S3 names a next marker on the last page too.
    2: `<IsTruncated>false</IsTruncated><NextPartNumberMarker>3</NextPartNumberMarker>${part(3)}`,
  };
  const server = await listenOnLoopback((request, response) => {
    const marker = new URL(request.url ?? '', 'http://x').searchParams.get('part-number-marker') ?? '';
    const page = `<UploadId>x</UploadId>${pages[marker]}`;
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(`<ListPartsResult>${page}</ListPartsResult>`);
  }, 0);
  t.teardown(() => server.close());
  const s3 = s3Client(server.port);
  t.teardown(() => s3.destroy());
  const now = Date.UTC(2026, 0, 2);
  const presigner = await createPutPresigner({ s3, bucketName: BUCKET, now: () => now });
  const multipart = createMultipartStore({ s3, bucketName: BUCKET, presigner });
  const upload = { key: 'users/abc/a', multipartId: 'x' };
  t.strictSame(await multipart.listParts(upload), [
    { number: 1, size: 1, etag: 'e1', sha256: 'ab' },
    { number: 2, size: 2, etag: 'e2' },
    { number: 3, size: 3, etag: 'e3' },
  ]);
  const signed = await multipart.presignPart(upload, { number: 7, size: 5, sha256: '0'.repeat(64) });
  const { searchParams, pathname } = new URL(signed.url);
  t.strictSame(
    [pathname, ...['X-Amz-Expires', 'partNumber', 'uploadId'].map((name) => searchParams.get(name))],
    [`/${BUCKET}/users/abc/a`, '300', '7', 'x'],
  );
  t.strictSame(signed.expiresAt, new Date(now + 300_000));
  t.match(searchParams.get('X-Amz-Date'), '20260102T000000Z');
});

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
