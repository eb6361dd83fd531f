import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import {
  DeleteKeyCommand,
  DescribeKeyValueStoreCommand,
  GetKeyCommand,
  ListKeysCommand,
  PutKeyCommand,
  paginateListKeys,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import t from 'tap';
import { CREDENTIALS, clientOf, KvsARN, start } from '../support/key-value-store.ts';

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
  const described = await client.send(new DescribeKeyValueStoreCommand({ KvsARN }));
  for (const time of [described.Created, described.LastModified])
    t.ok(Math.abs(Number(time) - Date.now()) < 60_000, `${time}`);
  t.match(described, {
    KvsARN,
    ETag: put.ETag,
    ItemCount: 1,
    Status: 'READY',
    Created: Date,
    LastModified: Date,
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
  const whole = await client.send(new ListKeysCommand({ KvsARN, MaxResults: 49 }));
  t.strictSame([whole.Items?.length, whole.NextToken], [49, undefined], 'a full last page is the last');
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
  for (const [index, send] of tries.entries()) {
    await t.rejects(send, { name: 'ConflictException', $metadata: { httpStatusCode: 409 } }, `row ${index}`);
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
  ];
  for (const [what, sent] of tries) {
    await t.rejects(sent, { name: 'ValidationException', $metadata: { httpStatusCode: 400 } }, what);
  }
  let bytes = 0;
  const padded = { step: 'build', priority: 'high', name: 'padded' } as const;
  client.middlewareStack.add(
    (next) => (args) => {
      const { body } = Object(args.request);
      Object.assign(Object(args.request), { body: String(body).padEnd(bytes) });
      return next(args);
    },
    padded,
  );
  const IfMatch = await etag();
  const again = () => {
    const Puts = [{ Key: 'k'.repeat(512), Value: 'v'.repeat(1_024) }];
    return client.send(new UpdateKeysCommand({ KvsARN, IfMatch, Puts }));
  };
  bytes = 3_145_729;
  await t.rejects(again(), { name: 'ValidationException' }, 'an update of more than 3 MB');
  bytes = 3_145_728;
  await t.resolves(again(), 'an update of 3 MB');
  client.middlewareStack.remove('padded');
  await t.rejects(update([], [{ Key: 'none' }]), { name: 'ResourceNotFoundException' });
  t.equal(store.describe().itemCount, 1, 'no refused change was made');
});

t.test('a store of more than 5 MB is refused', async (t) => {
  const { client, etag, store } = await start(t);
  const value = 'v'.repeat(1_024);
  const perUpdate = (n: number) =>
    Array.from({ length: 50 }, (_, i) => ({ key: `${n}-${i}`.padEnd(512, '-'), value }));
  for (let n = 0; store.describe().totalBytes + 50 * 1_536 < 5 * 1_024 * 1_024; n++) {
    store.update({ puts: perUpdate(n), deletes: [] }, store.describe().etag);
  }
  const Puts = perUpdate(-1).map(({ key, value }) => ({ Key: key, Value: value }));
  await t.rejects(client.send(new UpdateKeysCommand({ KvsARN, IfMatch: await etag(), Puts })), {
    name: 'ServiceQuotaExceededException',
    $metadata: { httpStatusCode: 402 },
  });
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

t.test('without If-Match nothing is written', async (t) => {
  const { port, store } = await start(t);
  const signed = await signedPut(port, undefined);
  t.equal((await send(port, signed)).status, 400);
  const added = { ...signed, headers: { ...signed.headers, 'if-match': store.describe().etag } };
  t.match(await send(port, added), { status: 403, text: /which were not signed: if-match"/ });
  t.equal(store.get('a'), undefined);
});
