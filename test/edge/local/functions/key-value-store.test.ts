import t from 'tap';
import { createKeyValueStore } from '../../../../edge/local/create-local-cloudfront.ts';
import { parseImport, storesOf } from '../../../../edge/local/functions/key-value-store.ts';
import { ALICE, cookiesOf, startEdge, withCode } from '../support/edge.ts';
import { folderOf } from '../support/serve.ts';

t.test('functions see a write', async (t) => {
  const request = `import cf from "cloudfront"; async function handler() {
    const kvs = cf.kvs(), known = await kvs.exists("a");
    return { statusCode: 200, body: JSON.stringify([known ? await kvs.get("a") : null, await kvs.count()]) }; }`;
  const store = createKeyValueStore();
  const edge = await startEdge({
    template: withCode({ request }),
    bindings: { keyValueStores: { RevocationsAE845E47: store.reader } },
  });
  t.teardown(() => edge.close());
  const seen = async () => JSON.parse((await edge.get(`/users/${ALICE}/a.txt`, cookiesOf(ALICE))).body);
  t.strictSame(await seen(), [null, 0]);
  store.update({ puts: [{ key: 'a', value: '1' }], deletes: [] }, store.describe().etag);
  t.strictSame(await seen(), ['1', 1]);
});

t.test('the entries of an import come from the assembly', async (t) => {
  const folder = folderOf(t, { 'asset.k.json': JSON.stringify({ data: [{ key: 'a', value: '1' }] }) });
  const keyValueStore = {
    logicalId: 'S',
    importFrom: 'arn:aws:s3:::cdk-hnb659fds-assets-1-us-east-1/k.json',
  };
  const read = (assembly: string, given = {}) =>
    storesOf([{ name: 'f', code: '', keyValueStore }], given, assembly)['S']?.get('a');
  t.equal(read(folder), '1');
  t.equal(read(folder, { S: new Map([['a', '2']]) }), '2', 'what is given counts');
  t.throws(() => read(`${folder}/none`), /^KeyValueStore S: its entries are in arn:.*k.json; give keyV/);
  for (const text of [
    '{}',
    '{"data":{}}',
    '{"data":[5]}',
    '{"data":[{"key":"a"}]}',
    '{"data":[{"value":"a"}]}',
  ])
    t.throws(() => parseImport(text, 'S'), /^KeyValueStore S: /, text);
});
