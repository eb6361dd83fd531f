import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { DescribeKeyValueStoreCommand, PutKeyCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { SignatureV4a } from '@aws-sdk/signature-v4a';
import type { Checksum, SourceData } from '@smithy/types';
import t from 'tap';
import { CREDENTIALS, clientOf, KvsARN, start } from '../support/key-value-store.ts';

t.test('without a valid signature there is no answer', async (t) => {
  let nowMs = Date.now();
  const { port } = await start(t, { now: () => nowMs });
  const describe = new DescribeKeyValueStoreCommand({ KvsARN });
  const refused = async (credentials: typeof CREDENTIALS, name: string) => {
    const client = clientOf(port, credentials);
    await t.rejects(client.send(describe), { name, $metadata: { httpStatusCode: 403 } }, name);
    client.destroy();
  };
  await refused({ ...CREDENTIALS, secretAccessKey: 'another' }, 'InvalidSignatureException');
  await refused({ ...CREDENTIALS, accessKeyId: 'ANOTHER' }, 'UnrecognizedClientException');
  for (const minutes of [-6, 6]) {
    nowMs = Date.now() + minutes * 60_000;
    await refused(CREDENTIALS, 'InvalidSignatureException');
  }
  nowMs = Date.now() + 4 * 60_000;
  const client = clientOf(port);
  t.teardown(() => client.destroy());
  t.equal((await client.send(describe)).ItemCount, 0, 'four minutes are within the skew');
});

/** SHA-256, keyed or not, in the shape that the SDK's signer demands. */
class Sha256 implements Checksum {
  readonly #hash: Hash | Hmac;

  constructor(secret?: SourceData) {
    const key = typeof secret === 'string' ? secret : Buffer.from(secret instanceof Uint8Array ? secret : []);
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', key);
  }

  update(data: Uint8Array) {
    this.#hash.update(data);
  }

  async digest() {
    return this.#hash.digest();
  }

  reset() {}
}

t.test('a valid signature for another service, or for one region, is refused', async (t) => {
  const { port } = await start(t);
  for (const [service, region, status] of [
    ['cloudfront-keyvaluestore', '*', 200],
    ['s3', '*', 403],
    ['cloudfront-keyvaluestore', 'us-east-1', 403],
  ] as const) {
    const signer = new SignatureV4a({ credentials: CREDENTIALS, region, service, sha256: Sha256 });
    const path = `/key-value-stores/${encodeURIComponent(KvsARN)}`;
    const request = {
      ...{ method: 'GET', protocol: 'http:', hostname: 'localhost', port, path, query: {} },
      headers: { host: `localhost:${port}` },
    };
    const { headers } = await signer.sign(request, {});
    t.equal(await send(port, { method: 'GET', path, headers, body: '' }), status, `${service} ${region}`);
  }
});

interface Signed {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** The request that the SDK would send. */
async function signedPut(port: number, etag: string | undefined): Promise<Signed> {
  const client = clientOf(port);
  const captured: Signed[] = [];
  client.middlewareStack.add(
    () => async (args) => {
      const request: unknown = args.request;
      captured.push(parseSigned(request));
      throw new Error('captured');
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  client.middlewareStack.add(
    (next) => (args) => {
      if (etag === undefined) delete headersOf(args.request)['if-match'];
      return next(args);
    },
    { step: 'build' },
  );
  await client
    .send(new PutKeyCommand({ KvsARN, Key: 'a', Value: '1', IfMatch: etag ?? 'none' }))
    .catch(() => {});
  client.destroy();
  const [first] = captured;
  if (!first) throw new Error('nothing was signed');
  return first;
}

function headersOf(request: unknown): Record<string, string> {
  return parseSigned(request).headers;
}

function parseSigned(request: unknown): Signed {
  return request as Signed;
}

async function send(port: number, { method, path, headers, body }: Signed): Promise<number> {
  const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

t.test('the signed request is the one that is carried out', async (t) => {
  const { port, store } = await start(t);
  const signed = await signedPut(port, store.describe().etag);
  const without = (name: string) =>
    Object.fromEntries(Object.entries(signed.headers).filter(([key]) => key.toLowerCase() !== name));
  const authorization = signed.headers['authorization'] ?? '';
  for (const [what, changed, status = 403] of [
    ['another body', { body: '{"Value":"2"}' }],
    ['another key', { path: signed.path.replace(/a$/, 'b') }],
    ['a query', { path: `${signed.path}?MaxResults=1` }],
    ['another method', { method: 'DELETE' }],
    ['another If-Match', { headers: { ...signed.headers, 'if-match': 'x' } }],
    ['an unsigned header that has an effect', { headers: { ...signed.headers, 'x-amz-target': 'x' } }],
    ['another region set', { headers: { ...signed.headers, 'x-amz-region-set': 'us-east-1' } }],
    ['no region set', { headers: without('x-amz-region-set') }],
    ['no date', { headers: without('x-amz-date') }],
    ['no signature', { headers: without('authorization') }],
    ['half a signature', { headers: { ...signed.headers, authorization: authorization.slice(0, -2) } }],
    [
      'SigV4',
      {
        headers: { ...signed.headers, authorization: authorization.replace('AWS4-ECDSA-P256', 'AWS4-HMAC') },
      },
    ],
    [
      'another service',
      {
        headers: {
          ...signed.headers,
          authorization: authorization.replace('/cloudfront-keyvaluestore/', '/s3/'),
        },
      },
    ],
    ['a web page', { headers: { ...signed.headers, origin: 'http://localhost:3000' } }],
    ['another host', { headers: { ...signed.headers, host: 'evil.example' } }, 421],
    ['a path that is not encoded', { path: `${signed.path}%zz` }, 403],
  ] as const) {
    t.equal(await send(port, { ...signed, ...changed }), status, what);
  }
  t.equal(store.get('a'), undefined);
  t.equal(await send(port, signed), 200, 'as it was signed, the change is made');
  t.equal(store.get('a'), '1');
});

t.test('without If-Match nothing is written', async (t) => {
  const { port, store } = await start(t);
  t.equal(await send(port, await signedPut(port, undefined)), 400);
  t.equal(store.get('a'), undefined);
});
