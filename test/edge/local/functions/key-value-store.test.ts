import { join } from 'node:path';
import t from 'tap';
import {
  createKeyValueStore,
  type KeyValueState,
  parseImport,
  storesOf,
} from '../../../../edge/local/functions/key-value-store.ts';
import { ALICE, cookiesOf, NOW_EPOCH, startEdge, withCode } from '../support/edge.ts';
import { folderOf } from '../support/serve.ts';

const put = (key: string, value: string) => ({ puts: [{ key, value }], deletes: [] });

t.test('functions see a write once it has propagated, on the clock of the edge', async (t) => {
  const request = `import cf from "cloudfront"; async function handler() {
    const kvs = cf.kvs(), known = await kvs.exists("a");
    return { statusCode: 200, body: JSON.stringify([known ? await kvs.get("a") : null, await kvs.meta()]) }; }`;
  const clock = { nowMs: NOW_EPOCH * 1_000 };
  const now = () => clock.nowMs;
  const store = createKeyValueStore({ propagationDelayMs: 3_000, now });
  const edge = await startEdge({
    template: withCode({ request }),
    bindings: { keyValueStores: { RevocationsAE845E47: store.reader }, now },
  });
  t.teardown(() => edge.close());
  const seen = async () => JSON.parse((await edge.get(`/users/${ALICE}/a.txt`, cookiesOf(ALICE))).body);
  const created = new Date(clock.nowMs).toISOString();

  clock.nowMs += 1_000;
  store.update(put('a', '1'), store.describe().etag);
  clock.nowMs += 1_000;
  store.update(put('a', '2'), store.describe().etag);
  t.equal(store.get('a'), '2', 'the API sees it at once');
  const before = { keyCount: 0, creationDateTime: created, lastUpdatedDateTime: created };
  t.strictSame(await seen(), [null, before]);
  clock.nowMs += 2_000;
  const firstAt = new Date((NOW_EPOCH + 1) * 1_000).toISOString();
  t.strictSame(await seen(), ['1', { ...before, keyCount: 1, lastUpdatedDateTime: firstAt }]);
  clock.nowMs += 999;
  t.equal((await seen())[0], '1');
  clock.nowMs += 1;
  t.equal((await seen())[0], '2');

  store.failReads(true);
  t.equal((await edge.get(`/users/${ALICE}/a.txt`, cookiesOf(ALICE))).status, 503);
  store.failReads(false);
  t.equal((await seen())[0], '2');
});

t.test('all changes of an update, or none', (t) => {
  const store = createKeyValueStore({ now: () => 5 });
  store.update(put('a', '1'), store.describe().etag);
  const before = store.describe();
  t.throws(() => store.update({ puts: [{ key: 'b', value: '1' }], deletes: ['none'] }, before.etag), {
    code: 'ResourceNotFoundException',
  });
  t.throws(() => store.update({ ...put('b', '1'), deletes: ['a'] }, 'KV0'), { code: 'ConflictException' });
  t.strictSame(store.describe(), before);
  t.strictSame(store.entries(), [['a', '1']]);
  t.equal(store.reader.get('b'), undefined);
  store.update({ ...put('b', '写'), deletes: ['a'] }, before.etag);
  t.strictSame(store.entries(), [['b', '写']]);
  t.match(store.describe(), { itemCount: 1, totalBytes: 4 });
  t.strictSame([store.reader.size, store.reader.get('b')], [1, '写'], 'functions see it at once');
  t.end();
});

t.test('what was saved is where the next store begins', (t) => {
  let saved: KeyValueState | undefined;
  const first = createKeyValueStore({
    save: (state) => {
      saved = state;
    },
  });
  first.update(put('__proto__', '1'), first.describe().etag);
  if (!saved) throw new Error('nothing was saved');
  const next = createKeyValueStore({ state: JSON.parse(JSON.stringify(saved)) });
  t.strictSame(next.describe(), first.describe());
  t.equal(next.reader.get('__proto__'), '1');

  const full = createKeyValueStore({
    save: () => {
      throw new Error('disk full');
    },
  });
  const before = full.describe();
  t.throws(() => full.update(put('a', '1'), before.etag), /disk full/);
  t.strictSame(full.describe(), before, 'a change that could not be saved is none');
  t.end();
});

t.test('an update within the quotas counts, and one beyond them is refused in words', async (t) => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ key: `${index}`, value: '' }));
  for (const [puts, deletes, words] of [
    [[], [], 'There is nothing to update.'],
    [[{ key: 'a', value: '1' }], ['a'], 'A key occurs twice.'],
    [many(2).map(() => ({ key: 'a', value: '' })), [], 'A key occurs twice.'],
    [many(51), [], 'More than 50 keys in one update.'],
    [[{ key: '', value: '1' }], [], 'A key is empty.'],
    [[{ key: `a${'ü'.repeat(256)}`, value: '' }], [], 'A key is longer than 512 bytes.'],
    [[{ key: 'a', value: `a${'ü'.repeat(512)}` }], [], 'A value is longer than 1 KB.'],
    [many(50), [], undefined],
    [[{ key: 'ü'.repeat(256), value: 'ü'.repeat(512) }], [], undefined],
  ] as const) {
    const store = createKeyValueStore();
    const update = () => store.update({ puts: [...puts], deletes: [...deletes] }, store.describe().etag);
    if (words === undefined) update();
    else t.throws(update, { code: 'ValidationException', message: words }, words);
    t.equal(store.describe().itemCount, words === undefined ? puts.length : 0, `${words}`);
  }
});

t.test('a store has at most 5 MB, and its entries are in the order of their keys', async (t) => {
  const size = 5 * 1_024 * 1_024;
  const fill = (bytes: number): KeyValueState => ({
    ...{ createdAtMs: 0, lastModifiedAtMs: 0, etag: 'KV1' },
    entries: { b: 'x'.repeat(bytes - 1) },
  });
  const store = createKeyValueStore({ state: fill(size - 2) });
  store.update(put('a', '1'), 'KV1');
  t.equal(store.describe().totalBytes, size);
  t.strictSame(
    store.entries().map(([key]) => key),
    ['a', 'b'],
  );
  t.throws(() => createKeyValueStore({ state: fill(size - 1) }).update(put('a', '1'), 'KV1'), {
    code: 'ServiceQuotaExceededException',
  });
});

t.test('the entries of an import come from the folder of its bucket, or from the assembly', async (t) => {
  const one = { data: [{ key: 'a', value: '1' }] };
  const folder = folderOf(t, { 'k.json': JSON.stringify(one), 'asset.k.json': JSON.stringify({ data: [] }) });
  const read = (bucket: string, origins = {}, more: { assembly?: string } = {}, given = {}) => {
    const keyValueStore = { logicalId: 'S', importFrom: { bucket, key: 'k.json' } };
    const stores = storesOf([{ name: 'f', code: '', keyValueStore }], given, { origins, ...more });
    return stores['S']?.get('a');
  };
  const asset = 'cdk-hnb659fds-assets-1-us-east-1';
  t.equal(read('b', { b: { folder } }), '1');
  t.equal(read('b', { 'b.s3.us-east-1.amazonaws.com': { folder } }), '1');
  t.equal(read(asset, { [asset]: { folder } }, { assembly: folder }), '1', 'the folder counts first');
  t.equal(read(asset, {}, { assembly: folder }), undefined, 'the asset is empty');
  t.equal(read('b', { b: { folder } }, {}, { S: new Map([['a', '2']]) }), '2', 'what is given counts');
  for (const [bucket, origins, more] of [
    ['b', { 'x.b.s3': { folder } }, {}],
    ['b', { b: { url: 'http://a' } }, {}],
    ['b', {}, { assembly: folder }],
    [asset, {}, {}],
    [`my-${asset}`, {}, { assembly: folder }],
    [asset, {}, { assembly: join(folder, 'none') }],
  ] as const)
    t.throws(
      () => read(bucket, origins, more),
      /its entries are in the bucket .*, which is bound to no folder/,
    );
  for (const text of [
    '{}',
    '[]',
    '{"data":{}}',
    '{"data":[5]}',
    '{"data":[{"key":"a"}]}',
    '{"data":[{"value":"a"}]}',
  ])
    t.throws(() => parseImport(text, 'S'), /^KeyValueStore S: /, text);
});
