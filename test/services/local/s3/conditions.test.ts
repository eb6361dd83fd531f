import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import t, { type Test } from 'tap';
import { BUCKET as Bucket, s3Client, startS3, TEMPLATE } from '../support/local-s3.ts';
import { VERSIONED_TEMPLATE } from '../support/versioned-template.ts';

const Key = 'users/abc/a.txt';

interface Held {
  sent: ClientRequest;
  answered: Promise<IncomingMessage[]>;
}

/** A store, and writes to one of its keys. A test can hold each write in the middle. */
async function startWrites(t: Test, template: object) {
  const { store, port } = await startS3({ template });
  t.teardown(() => store.close());
  const client = s3Client(port);
  const { credentials, region, sha256 } = client.config;
  const signer = new SignatureV4({ credentials, region, sha256, service: 's3', uriEscapePath: false });

  /** Sends the head of a request, which is read and let in. The body is still to come. */
  async function begin(
    method: string,
    size: number,
    headers: Record<string, string>,
    query: Record<string, string> = {},
  ): Promise<Held> {
    const path = `/${Bucket}/${Key}`;
    const host = `localhost:${port}`;
    const signed = await signer.sign({
      ...{ method, path, query, protocol: 'http:', hostname: 'localhost', port },
      headers: {
        host,
        'content-length': String(size),
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
        ...headers,
      },
    });
    const text = new URLSearchParams(query);
    const sent = request({
      ...{ host: '127.0.0.1', port, method, path: `${path}${text.size > 0 ? `?${text}` : ''}` },
      headers: { ...signed.headers, expect: '100-continue' },
    });
    sent.flushHeaders();
    // The server sends it when it hands the request on.
    const answered = once(sent, 'response');
    await once(sent, 'continue');
    return { sent, answered };
  }

  /** @returns the status, and the code of an error */
  async function end({ sent, answered }: Held, body: string): Promise<string> {
    sent.end(body);
    const [response] = await answered;
    let text = '';
    for await (const chunk of response ?? []) text += chunk;
    return [response?.statusCode, ...(/(?<=<Code>)\w+/.exec(text) ?? [])].join(' ');
  }

  const read = async () =>
    (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
  return { client, begin, end, read };
}

const ONCE = { 'if-none-match': '*' };
const TAKEN = '412 PreconditionFailed';
const OVERTAKEN = '409 ConditionalRequestConflict';

for (const [bucket, template] of [
  ['a bucket without versions', TEMPLATE],
  ['a bucket with versions', VERSIONED_TEMPLATE],
] as const) {
  t.test(bucket, async (t) => {
    t.test('of two writes at once the first to finish wins, whichever began first', async (t) => {
      const { begin, end, read, client } = await startWrites(t, template);
      for (const winner of [0, 1]) {
        const writes = [await begin('PUT', 5, ONCE), await begin('PUT', 5, ONCE)];
        for (const { sent } of writes) sent.write('hal');
        const answers = ['', ''];
        for (const index of [winner, 1 - winner]) {
          const each = writes[index];
          if (each) answers[index] = await end(each, `f${index}`);
        }
        t.strictSame(answers, winner === 0 ? ['200', TAKEN] : [TAKEN, '200'], `${winner}`);
        t.equal(await read(), `half${winner}`, `${winner}`);
        await client.send(new DeleteObjectCommand({ Bucket, Key }));
      }
    });

    t.test('uploads in parts meet the same condition when they are completed', async (t) => {
      const { begin, end, read, client } = await startWrites(t, template);
      const uploaded = async (Body: string) => {
        const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
        await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }));
        const etag = createHash('md5').update(Body).digest('hex');
        const xml = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"${etag}"</ETag></Part></CompleteMultipartUpload>`;
        return { UploadId, xml };
      };
      const complete = ({ UploadId, xml }: { UploadId: string; xml: string }) =>
        begin('POST', xml.length, ONCE, { uploadId: UploadId });
      const partsOf = async (UploadId: string) =>
        (await client.send(new ListPartsCommand({ Bucket, Key, UploadId }))).Parts?.length;

      const [first, second] = [await uploaded('first'), await uploaded('second')];
      const [one, other] = [await complete(first), await complete(second)];
      t.equal(await end(other, second.xml), '200');
      t.equal(await end(one, first.xml), TAKEN);
      t.equal(await read(), 'second');
      t.equal(await partsOf(first.UploadId), 1, 'the losing upload can still be completed, or aborted');

      const overtaken = await complete(first);
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
      t.equal(await end(overtaken, first.xml), OVERTAKEN);
      await t.rejects(partsOf(first.UploadId), { name: 'NoSuchUpload' }, 'the upload must begin again');
      const anew = await uploaded('anew');
      t.equal(await end(await complete(anew), anew.xml), '200');
      t.equal(await read(), 'anew');
    });
  });
}
