import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { DescribeKeyValueStoreCommand, PutKeyCommand } from '@aws-sdk/client-cloudfront-keyvaluestore';
import { SignatureV4a } from '@aws-sdk/signature-v4a';
import type { Checksum, SourceData } from '@smithy/types';
import t from 'tap';
import { parseAmzDate } from '../../../../services/local/store/signature-v4.ts';
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

const STORE = `/key-value-stores/${encodeURIComponent(KvsARN)}`;

/** Signs a request as it stands. */
async function sign(
  port: number,
  wanted: {
    method?: string;
    path?: string;
    body?: string | undefined;
    ifMatch?: string;
    service?: string;
    region?: string;
  },
): Promise<Signed> {
  const { method = 'GET', path = STORE, body = '', ifMatch = '' } = wanted;
  const { service = 'cloudfront-keyvaluestore', region = '*' } = wanted;
  const signer = new SignatureV4a({ credentials: CREDENTIALS, region, service, sha256: Sha256 });
  const [pathname = '', search] = path.split('?');
  const query = Object.fromEntries(new URLSearchParams(search));
  const request = { method, protocol: 'http:', hostname: 'localhost', port, path: pathname, query };
  const headers = { host: `localhost:${port}`, 'if-match': ifMatch };
  const signed = await signer.sign({ ...request, headers, body }, {});
  return { method, path, headers: signed.headers, body };
}

t.test('a valid signature for another service, or for one region, is refused', async (t) => {
  const { port } = await start(t);
  for (const [service, region, status] of [
    ['cloudfront-keyvaluestore', '*', 200],
    ['s3', '*', 403],
    ['cloudfront-keyvaluestore', 'us-east-1', 403],
  ] as const)
    t.equal((await send(port, await sign(port, { service, region }))).status, status, `${service} ${region}`);
});

t.test('a signature is good for five minutes, before and after', async (t) => {
  let nowMs = 0;
  const { port } = await start(t, { now: () => nowMs });
  const signed = await sign(port, {});
  const madeMs = parseAmzDate(signed.headers['x-amz-date'] ?? '');
  for (const [seconds, status] of [
    [300, 200],
    [301, 403],
    [-300, 200],
    [-301, 403],
  ] as const) {
    nowMs = madeMs + seconds * 1_000;
    t.equal((await send(port, signed)).status, status, `${seconds}`);
  }
});

t.test('each operation has its path, method and body, and nothing else is one', async (t) => {
  const { port, store } = await start(t);
  const { etag } = store.describe();
  store.update({ puts: [{ key: 'a', value: '1' }], deletes: [] }, etag);
  const KEYS = `${STORE}/keys`;
  const [unknown, invalid] = ['404 UnknownOperationException', '400 ValidationException'];
  const none = '404 ResourceNotFoundException';
  for (const [method, path, answer, body] of [
    ['GET', STORE, '200'],
    ['GET', KEYS, '200'],
    ['GET', `${KEYS}/a`, '200'],
    ['GET', `${KEYS}/b`, none],
    ['GET', `${KEYS}?MaxResults=1`, '200'],
    ['GET', `${KEYS}?MaxResults=50`, '200'],
    ...['0', '51', '1.5', 'x'].map((most) => ['GET', `${KEYS}?MaxResults=${most}`, invalid] as const),
    ['GET', '/other/x', unknown],
    ['GET', '/key-value-stores/', unknown],
    ['GET', '/key-value-stores', unknown],
    ['GET', `${STORE}/other`, unknown],
    ['GET', `${KEYS}/a/b`, unknown],
    ['GET', '/key-value-stores/toString', none],
    ['POST', STORE, unknown],
    ['PUT', KEYS, unknown],
    ['POST', `${KEYS}/a`, unknown],
    ['PUT', `${KEYS}/a`, '200', '{"Value":"2"}'],
    ...['x', '[]', 'null', '{}', '{"Value":1}'].map((bad) => ['PUT', `${KEYS}/a`, invalid, bad] as const),
    ['POST', KEYS, '200', '{"Puts":[{"Key":"c","Value":"3"}],"Deletes":null}'],
    ['POST', KEYS, '200', '{"Deletes":[{"Key":"c"}]}'],
    ...['{"Puts":{}}', '{"Puts":[1]}', '{"Puts":[{"Key":"a"}]}', '{"Deletes":[{"Key":1}]}'].map(
      (bad) => ['POST', KEYS, invalid, bad] as const,
    ),
    ['DELETE', `${KEYS}/a`, '200'],
    ['GET', '/key-value-stores/%zz', invalid],
  ] as [method: string, path: string, answer: string, body?: string][]) {
    const ifMatch = store.describe().etag;
    const { status, type } = await send(port, await sign(port, { method, path, body, ifMatch }));
    t.equal(`${status} ${type}`.trim(), answer, `${method} ${path} ${body}`);
  }
  t.strictSame(store.entries(), []);
});

t.test('a fault of the store is told without its words', async (t) => {
  const { port, store } = await start(t);
  store.describe = () => {
    throw new Error('a secret');
  };
  const { status, type, text } = await send(port, await sign(port, {}));
  t.strictSame(
    [status, type, JSON.parse(text)],
    [...[500, 'InternalServerException', { Message: 'Internal server error: try again.' }]],
  );
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

/** @returns the status, the type of an error, and the body */
async function send(
  port: number,
  { method, path, headers, body }: Signed,
): Promise<{ status: number; type: string; text: string }> {
  const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  const type = response.headers['x-amzn-errortype'] ?? '';
  return { status: response.statusCode, type, text: await textOf(response) };
}

t.test('the signed request is the one that is carried out', async (t) => {
  const { port, store } = await start(t);
  const signed = await signedPut(port, store.describe().etag);
  const without = (name: string) =>
    Object.fromEntries(Object.entries(signed.headers).filter(([key]) => key.toLowerCase() !== name));
  const authorization = signed.headers['authorization'] ?? '';
  const [malformed, mismatch] = ['403 IncompleteSignatureException', '403 InvalidSignatureException'];
  const withAuthorization = (value: string) => ({ headers: { ...signed.headers, authorization: value } });
  for (const [what, changed, answer] of [
    ['another body', { body: '{"Value":"2"}' }, mismatch],
    ['another key', { path: signed.path.replace(/a$/, 'b') }, mismatch],
    ['a query', { path: `${signed.path}?MaxResults=1` }, mismatch],
    ['another method', { method: 'DELETE' }, mismatch],
    ['another If-Match', { headers: { ...signed.headers, 'if-match': 'x' } }, mismatch],
    [
      'an unsigned header that has an effect',
      { headers: { ...signed.headers, 'x-amz-target': 'x' } },
      mismatch,
    ],
    ['another region set', { headers: { ...signed.headers, 'x-amz-region-set': 'us-east-1' } }, malformed],
    ['no region set', { headers: without('x-amz-region-set') }, malformed],
    ['no date', { headers: without('x-amz-date') }, malformed],
    ['no signature', { headers: without('authorization') }, '403 MissingAuthenticationTokenException'],
    ['less of a signature', withAuthorization(authorization.slice(0, -2)), mismatch],
    ['half a byte of a signature', withAuthorization(authorization.slice(0, -1)), malformed],
    ['something before it', withAuthorization(`x ${authorization}`), malformed],
    ['something behind it', withAuthorization(`${authorization} x`), malformed],
    ['SigV4', withAuthorization(authorization.replace('AWS4-ECDSA-P256', 'AWS4-HMAC')), malformed],
    [
      'another service',
      withAuthorization(authorization.replace('/cloudfront-keyvaluestore/', '/s3/')),
      malformed,
    ],
    ['a web page', { headers: { ...signed.headers, origin: 'http://localhost:3000' } }, '403'],
    ['another host', { headers: { ...signed.headers, host: 'evil.example' } }, '421'],
    ['a path that is not encoded', { path: `${signed.path}%zz` }, mismatch],
  ] as const) {
    const { status, type } = await send(port, { ...signed, ...changed });
    t.equal(`${status} ${type}`.trim(), answer, what);
  }
  t.equal(store.get('a'), undefined);
  t.equal((await send(port, signed)).status, 200, 'as it was signed, the change is made');
  t.equal(store.get('a'), '1');
});

t.test('without If-Match nothing is written', async (t) => {
  const { port, store } = await start(t);
  const signed = await signedPut(port, undefined);
  t.equal((await send(port, signed)).status, 400);
  const added = { ...signed, headers: { ...signed.headers, 'if-match': store.describe().etag } };
  t.match(await send(port, added), { status: 403, text: /which were not signed: if-match"/ });
  t.equal(store.get('a'), undefined);
});
