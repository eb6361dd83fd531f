import { join } from 'node:path';
import t from 'tap';
import {
  createKeyValueStore,
  parseImport,
  storesOf,
} from '../../../../edge/local/functions/key-value-store.ts';
import { ALICE, cookiesOf, NOW_EPOCH, startEdge, withCode } from '../support/edge.ts';
import { folderOf } from '../support/serve.ts';

const put = (key: string, value: string) => ({ puts: [{ key, value }], deletes: [] });

t.test('functions see a write once it has propagated, on the clock of the edge', async (t) => {
  const request = `import cf from "cloudfront"; async function handler() {
    const kvs = cf.kvs(), known = await kvs.exists("a");
    return { statusCode: 200, body: JSON.stringify([known ? await kvs.get("a") : null, await kvs.count()]) }; }`;
  const clock = { nowMs: NOW_EPOCH * 1_000 };
  const now = () => clock.nowMs;
  const store = createKeyValueStore({ propagationDelayMs: 3_000, now });
  const edge = await startEdge({
    template: withCode({ request }),
    bindings: { keyValueStores: { RevocationsAE845E47: store.reader }, now },
  });
  t.teardown(() => edge.close());
  const seen = async () => JSON.parse((await edge.get(`/users/${ALICE}/a.txt`, cookiesOf(ALICE))).body);

  clock.nowMs += 1_000;
  store.update(put('a', '1'), store.describe().etag);
  clock.nowMs += 1_000;
  store.update(put('a', '2'), store.describe().etag);
  t.equal(store.get('a'), '2', 'the API sees it at once');
  t.strictSame(await seen(), [null, 0]);
  clock.nowMs += 2_000;
  t.strictSame(await seen(), ['1', 1]);
  clock.nowMs += 999;
  t.equal((await seen())[0], '1');
  clock.nowMs += 1;
  t.equal((await seen())[0], '2');
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
