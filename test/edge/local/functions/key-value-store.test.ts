import t from 'tap';
import { createKeyValueStore, type KeyValueState } from '../../../../edge/local/functions/key-value-store.ts';
import { ALICE, cookiesOf, NOW_EPOCH, startEdge, withCode } from '../support/edge.ts';

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
  const store = createKeyValueStore();
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
  t.equal(store.reader.size, 1);
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
