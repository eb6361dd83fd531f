import t from 'tap';
import { inNode, stubStorage } from '../in-node.ts';

const { ApiError } = await inNode('client/api-error.ts');
const { BROWSER } = await inNode('client/browser.ts');
const { persist, sha256Hex } = await inNode('client/send.ts');
const { uploadInParts } = await inNode('client/parts.ts');
const { createKnownSession } = await inNode('client/known-session.ts');
const { exclusive } = await inNode('client/tabs.ts');

t.test('a renewal that failed leaves the lease to the next tab', async (t) => {
  const kept = stubStorage(t);
  t.intercept(navigator, 'locks', { value: undefined, configurable: true });
  await t.rejects(exclusive(() => Promise.reject(new Error('no answer'))));
  t.strictSame([...kept], []);
  let hasWaited: boolean | undefined;
  await exclusive(async (waited: boolean) => {
    hasWaited = waited;
  });
  t.equal(hasWaited, false, 'it renews at once');
});

t.test('an app host that does not answer: no cookies expire where nobody is known', (t) => {
  t.intercept(globalThis, 'setTimeout', { value: () => 0, configurable: true });
  const heard: string[] = [];
  const known = createKnownSession(
    (event: string) => heard.push(event),
    () => {},
  );
  known.signOut('ended');
  known.fail();
  t.strictSame(heard, []);
  known.signOut('ended');
  t.strictSame(heard, ['signedout'], 'an answer at last');
  t.end();
});

t.test('an upload that is cancelled during a pause ends then', async (t) => {
  const cancelling = new AbortController();
  // No pause ends by itself.
  t.intercept(globalThis, 'setTimeout', { value: () => 0, configurable: true });
  const run = async () => {
    setImmediate(() => cancelling.abort());
    throw new ApiError(503, 'storage_refused');
  };
  await t.rejects(persist(run, cancelling.signal), { name: 'AbortError' });
  const during = new AbortController();
  const cancel = async () => {
    during.abort();
    throw new ApiError(0, 'network');
  };
  await t.rejects(persist(cancel, during.signal), { name: 'AbortError' }, 'no pause begins');
});

t.test('a transfer is given up a minute after its last progress', async (t) => {
  const timers = new Map<number, { run: () => void; ms: number }>();
  let last = 0;
  const start = (run: () => void, ms: number) => {
    timers.set(++last, { run, ms });
    return last;
  };
  t.intercept(globalThis, 'setTimeout', { value: start, configurable: true });
  t.intercept(globalThis, 'clearTimeout', { value: (id: number) => timers.delete(id), configurable: true });
  const upload: { onprogress?: (event: { loaded: number }) => void } = {};
  const Stalled = class {
    readonly upload = upload;
    readonly status = 0;
    onloadend = () => {};
    open() {}
    setRequestHeader() {}
    send() {}
    abort() {
      this.onloadend();
    }
  };
  Object.assign(globalThis, { XMLHttpRequest: Stalled });
  t.teardown(() => void Reflect.deleteProperty(globalThis, 'XMLHttpRequest'));
  const sent: number[] = [];
  const signed = { url: 'https://s3.example/a', headers: {} };
  const sending = BROWSER.send(signed, new Blob(['a']), new AbortController().signal, (bytes: number) =>
    sent.push(bytes),
  );
  for (const loaded of [1, 2]) upload.onprogress?.({ loaded });
  t.strictSame(
    [...timers].map(([id, { ms }]) => [id, ms]),
    [[3, 60_000]],
  );
  timers.get(3)?.run();
  await t.rejects(sending, { code: 'network' });
  t.strictSame([sent, timers.size], [[1, 2], 0]);
});

t.test('each pause is twice as long as the one before, and at most 30 seconds', async (t) => {
  const pausesMs: number[] = [];
  const wait = (run: () => void, ms: number) => {
    pausesMs.push(ms);
    queueMicrotask(run);
  };
  t.intercept(globalThis, 'setTimeout', { value: wait, configurable: true });
  const run = async () => {
    throw new ApiError(503, 'storage_refused');
  };
  await t.rejects(persist(run, new AbortController().signal), { message: 'storage_refused' });
  t.strictSame(pausesMs, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

t.test('an app host that does not answer keeps the parts of an upload', async (t) => {
  const wanted = { name: 'a.bin', size: 1, type: 'text/plain', replace: false };
  const key = await sha256Hex(new Blob([JSON.stringify(['alice', wanted, undefined])]));
  const kept = stubStorage(t).set(`cookie-gateway${key}`, '/api/uploads/u');
  const asked: string[] = [];
  const request = async (method: string, path: string) => {
    asked.push(`${method} ${path}`);
    throw new ApiError(503, 'store_unavailable');
  };
  const { signal } = new AbortController();
  const sending = { file: new Blob(['x']), wanted, onSent: () => {}, signal };
  const upload = uploadInParts({ ...BROWSER, id: 'alice', ask: request }, sending);
  await t.rejects(upload, { code: 'store_unavailable' });
  t.strictSame(asked, ['GET /api/uploads/u'], 'no new upload');
  t.equal(kept.get(`cookie-gateway${key}`), '/api/uploads/u');
});
