import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import {
  type CloudFrontKeyValueStoreClient,
  DeleteKeyCommand,
  DescribeKeyValueStoreCommand,
  GetKeyCommand,
  ListKeysCommand,
  PutKeyCommand,
  paginateListKeys,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { SignatureV4a } from '@aws-sdk/signature-v4a';
import type { Checksum, SourceData } from '@smithy/types';
import t, { type Test } from 'tap';
import { createKeyValueStore, type KeyValueStore } from '../../../../edge/local/functions/key-value-store.ts';
import { createKeyValueStoreClient } from '../../../../services/auth/adapters/key-value-store-client.ts';
import { createKeyValueStoreApi } from '../../../../services/local/key-value-store/server.ts';
import { ALICE, cookiesOf, startEdge, withCode } from '../../../edge/local/support/edge.ts';

const CREDENTIALS = { accessKeyId: 'LOCALKVS', secretAccessKey: 'secret-of-the-store' };
const KvsARN = 'arn:aws:cloudfront::000000000000:key-value-store/Revocations';

function clientOf(port: number, credentials = CREDENTIALS): CloudFrontKeyValueStoreClient {
  return createKeyValueStoreClient({
    endpoint: `http://localhost:${port}`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
}

async function start(t: Test, options: { store?: KeyValueStore; now?: () => number } = {}) {
  const { store = createKeyValueStore(), ...rest } = options;
  const api = createKeyValueStoreApi({ stores: { [KvsARN]: store }, credentials: [CREDENTIALS], ...rest });
  const { port } = await api.listen(0);
  t.teardown(() => api.close());
  const client = clientOf(port);
  t.teardown(() => client.destroy());
  const etag = async () => (await client.send(new DescribeKeyValueStoreCommand({ KvsARN }))).ETag;
  return { store, port, client, etag };
}

t.test('the SDK writes, reads, lists and deletes', async (t) => {
  const { client, etag } = await start(t);
  const key = 'a/b %2F?ü';
  const IfMatch = await etag();
  const put = await client.send(new PutKeyCommand({ KvsARN, Key: key, Value: '写真', IfMatch }));
  t.match(put, { ItemCount: 1, TotalSizeInBytes: Buffer.byteLength(`${key}写真`) });
  t.not(put.ETag, IfMatch);
  t.match(await client.send(new GetKeyCommand({ KvsARN, Key: key })), {
    Key: key,
    Value: '写真',
    ItemCount: 1,
  });
  t.match(await client.send(new DescribeKeyValueStoreCommand({ KvsARN })), {
    ...{ KvsARN, ETag: put.ETag, ItemCount: 1, Status: 'READY' },
    ...{ Created: Date, LastModified: Date },
  });
  const Puts = Array.from({ length: 49 }, (_, i) => ({
    Key: `k${String(i).padStart(2, '0')}`,
    Value: `${i}`,
  }));
  const updated = await client.send(
    new UpdateKeysCommand({ KvsARN, IfMatch: put.ETag, Puts, Deletes: [{ Key: key }] }),
  );
  t.equal(updated.ItemCount, 49);
  const first = await client.send(new ListKeysCommand({ KvsARN }));
  t.equal(first.Items?.length, 10);
  const listed = [];
  for await (const page of paginateListKeys({ client, pageSize: 20 }, { KvsARN }))
    listed.push(...(page.Items ?? []));
  t.strictSame(listed, Puts);
  const deleted = await client.send(new DeleteKeyCommand({ KvsARN, Key: 'k00', IfMatch: updated.ETag }));
  t.equal(deleted.ItemCount, 48);
  await t.rejects(client.send(new GetKeyCommand({ KvsARN, Key: 'k00' })), {
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
});

t.test('of two writers with one ETag the second is told of a conflict', async (t) => {
  const { client, etag, store } = await start(t);
  const IfMatch = await etag();
  await client.send(new PutKeyCommand({ KvsARN, Key: 'a', Value: '1', IfMatch }));
  const tries: (() => Promise<unknown>)[] = [
    () => client.send(new PutKeyCommand({ KvsARN, Key: 'a', Value: '2', IfMatch })),
    () => client.send(new DeleteKeyCommand({ KvsARN, Key: 'a', IfMatch })),
    () => client.send(new UpdateKeysCommand({ KvsARN, IfMatch, Puts: [{ Key: 'a', Value: '2' }] })),
  ];
  for (const send of tries) {
    await t.rejects(send, { name: 'ConflictException', $metadata: { httpStatusCode: 409 } });
  }
  t.equal(store.get('a'), '1');
});

t.test('its limits', async (t) => {
  const { client, etag, store } = await start(t);
  const update = async (Puts: { Key: string; Value: string }[], Deletes: { Key: string }[] = []) =>
    client.send(new UpdateKeysCommand({ KvsARN, IfMatch: await etag(), Puts, Deletes }));
  const one = (Key: string, Value = '') => update([{ Key, Value }]);
  await one('k'.repeat(512), 'v'.repeat(1_024));
  const tries: [what: string, send: () => Promise<unknown>][] = [
    ['a key of 513 bytes', () => one('é'.repeat(257))],
    ['an empty key', () => one('')],
    ['a value of 1,025 bytes', () => one('a', 'é'.repeat(513))],
    ['51 keys', () => update(Array.from({ length: 51 }, (_, i) => ({ Key: `${i}`, Value: '' })))],
    ['nothing', () => update([])],
    ['a key twice', () => update([{ Key: 'a', Value: '1' }], [{ Key: 'a' }])],
    ['a page of 51', () => client.send(new ListKeysCommand({ KvsARN, MaxResults: 51 }))],
    ['an update of 3 MB', () => one('a', 'v'.repeat(3 * 1_024 * 1_024))],
  ];
  for (const [what, sent] of tries) {
    await t.rejects(sent, { name: 'ValidationException', $metadata: { httpStatusCode: 400 } }, what);
  }
  await t.rejects(update([], [{ Key: 'none' }]), { name: 'ResourceNotFoundException' });
  t.equal(store.describe().itemCount, 1, 'no refused change was made');

  // 5 MB without the last key.
  const value = 'v'.repeat(1_024);
  const perUpdate = (n: number) =>
    Array.from({ length: 50 }, (_, i) => ({ key: `${n}-${i}`.padEnd(512, '-'), value }));
  for (let n = 0; store.describe().totalBytes + 50 * 1_536 < 5 * 1_024 * 1_024; n++) {
    store.update({ puts: perUpdate(n), deletes: [] }, store.describe().etag);
  }
  await t.rejects(
    update(perUpdate(-1).map(({ key, value }) => ({ Key: key, Value: value }))),
    { name: 'ServiceQuotaExceededException', $metadata: { httpStatusCode: 402 } },
    'a store of more than 5 MB',
  );
});

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

t.test('a function at the edge sees what the SDK wrote', async (t) => {
  const { client, etag, store } = await start(t);
  const request = `import cf from "cloudfront"; async function handler() {
    return { statusCode: 200, body: await cf.kvs().get("a") }; }`;
  const edge = await startEdge({
    template: withCode({ request }),
    bindings: { keyValueStores: { RevocationsAE845E47: store.reader } },
  });
  t.teardown(() => edge.close());
  for (const Value of ['1', '2']) {
    await client.send(new PutKeyCommand({ KvsARN, Key: 'a', Value, IfMatch: await etag() }));
    t.equal((await edge.get(`/users/${ALICE}/a.txt`, cookiesOf(ALICE))).body, Value);
  }
});

t.test('another store, another operation', async (t) => {
  const { client } = await start(t);
  await t.rejects(client.send(new DescribeKeyValueStoreCommand({ KvsARN: `${KvsARN}2` })), {
    name: 'ResourceNotFoundException',
  });
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (typeof request === 'object' && request && 'path' in request) request.path = '/key-value-stores';
      return next(args);
    },
    { step: 'build' },
  );
  await t.rejects(client.send(new DescribeKeyValueStoreCommand({ KvsARN })), {
    name: 'UnknownOperationException',
    $metadata: { httpStatusCode: 404 },
  });
});

t.test('without If-Match nothing is written', async (t) => {
  const { port, store } = await start(t);
  t.equal(await send(port, await signedPut(port, undefined)), 400);
  t.equal(store.get('a'), undefined);
});
