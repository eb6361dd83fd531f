import { createHash } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { waitUntil } from '../browser.ts';
import { BOB } from '../stand-in.ts';
import { openClient } from './open.ts';

const browser = await launchShell(t);

t.test('an upload is of whoever began it, and never goes on as who signs in next', async (t) => {
  const { open, state, requests } = await openClient(t, browser);
  const page = await open();
  // The name of the upload is hashed first. The hash takes until somebody else has signed in.
  await page.evaluate(`
    const digest = crypto.subtle.digest.bind(crypto.subtle);
    const { promise, resolve } = Promise.withResolvers();
    globalThis.release = resolve;
    crypto.subtle.digest = async (...call) => {
      globalThis.begun = true;
      await promise;
      return digest(...call);
    };
    const file = new File([new Uint8Array(17 * 1024 * 1024)], 'a.bin');
    void gateway.files.upload(file).catch(({ code }) => { globalThis.code = code; });
  `);
  await waitUntil(page, 'globalThis.begun');
  const other = await open();
  await other.evaluate('void gateway.logout()');
  await waitUntil(page, `heard.some(([event]) => event === 'signedout')`);
  state.user = BOB;
  const { user } = await page.evaluate<{ user: object }>('gateway.session()');
  t.match(user, BOB);
  await page.evaluate('release()');
  await waitUntil(page, 'globalThis.code');
  t.equal(await page.evaluate('code'), 'no_session');
  t.equal(requests('POST /api/uploads').length, 0);
});

/** Two parts are just above the limit of one PUT. */
const PART_BYTES = 2 ** 23 + 1;

/** A page with a file of two parts. The S3 of its app host has both parts once the first upload has failed. */
async function openUpload(t: Test) {
  const { open, origins, state, requests } = await openClient(t, browser);
  const parts: { number: number; size: number; sha256?: string }[] = [1, 2].map((number) => ({
    number,
    size: PART_BYTES,
  }));
  let fails = true;
  const complete = (): [number, object] => {
    const isFirst = fails;
    fails = false;
    return isFirst ? [422, { code: 'incomplete' }] : [200, { name: 'a.bin', url: '' }];
  };
  // The hosts do this, not Playwright's routes: with routes the browser would hand over every byte that it sends.
  state.answers = new Map<string, () => [number, object]>([
    ['POST /api/uploads', () => [201, { upload: { id: 'u', partSize: PART_BYTES } }]],
    ['GET /api/uploads/u', () => [200, { partSize: PART_BYTES, parts }]],
    ['POST /api/uploads/u/parts', () => [200, { parts: [{ url: `${origins.files}/bucket`, headers: {} }] }]],
    ['PUT files/bucket', () => [200, {}]],
    ['POST /api/uploads/u/complete', complete],
  ]);
  const page = await open();
  await page.evaluate(`globalThis.file = new File([new Uint8Array(${2 * PART_BYTES})], 'a.bin')`);
  return { page, parts, state, requests };
}

t.test('a signal keeps nothing of an upload that failed; what S3 has of it counts as sent', async (t) => {
  const { page } = await openUpload(t);
  const failed = await page.evaluate(`(async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    signal.addEventListener = (...call) => { listeners++; add.apply(signal, call); };
    signal.removeEventListener = (...call) => { listeners--; remove.apply(signal, call); };
    const code = await gateway.files.upload(file, { signal }).catch(({ code }) => code);
    return { code, listeners };
  })()`);
  t.strictSame(failed, { code: 'incomplete', listeners: 0 });
  const told = await page.evaluate(`(async () => {
    const told = [];
    await gateway.files.upload(file, { onProgress: (fraction) => told.push(fraction) });
    return told;
  })()`);
  t.strictSame(told, [0.5, 1]);
});

t.test('a paused upload leaves on the server what S3 has, and a cancelled one does not', async (t) => {
  const { page, requests } = await openUpload(t);
  const stop = (reason: string) =>
    page.evaluate(`(async () => {
      const stopping = new AbortController();
      const onProgress = () => stopping.abort(${reason});
      return gateway.files.upload(file, { onProgress, signal: stopping.signal }).catch(String);
    })()`);
  const counts = () => [
    requests('POST /api/uploads').filter(({ line }) => line === 'POST /api/uploads').length,
    requests('DELETE /api/uploads/u').length,
  ];
  t.equal(await stop(`'pause'`), 'pause');
  t.strictSame(counts(), [1, 0]);
  t.match(await stop(''), /AbortError/);
  t.strictSame(counts(), [1, 1], 'it had gone on where it was');
});

t.test(
  'of a stored part of the right size the bytes count: a resumed upload does not mix two files',
  async (t) => {
    const { page, parts, requests } = await openUpload(t);
    await page.evaluate('gateway.files.upload(file).catch(() => {})');
    const half = createHash('sha256').update(Buffer.alloc(PART_BYTES)).digest('hex');
    parts.forEach((part, at) => {
      part.sha256 = at === 0 ? half : '0'.repeat(64);
    });
    const asked = () => requests('POST /api/uploads/u/parts').map(({ body }) => Object(body).parts[0].number);
    const before = asked().length;
    t.equal(await page.evaluate('gateway.files.upload(file).then(({ name }) => name)'), 'a.bin');
    t.strictSame(asked().slice(before), [2], 'the one that is another');
  },
);

t.test("an upload has the file's own date, and does without one that the app host refuses", async (t) => {
  const { page, state, requests } = await openUpload(t);
  state.answers.set('POST /api/uploads', () => [400, { code: 'bad_request' }]);
  const dates = async (size: number, lastModified: number) => {
    const before = requests('POST /api/uploads').length;
    const file = `new File([new Uint8Array(${size})], 'a', { lastModified: ${lastModified} })`;
    t.equal(await page.evaluate(`gateway.files.upload(${file}).catch(({ code }) => code)`), 'bad_request');
    const asked = requests('POST /api/uploads').filter(({ line }) => line === 'POST /api/uploads');
    return asked.slice(before).map(({ body }) => Object(body).changedAt);
  };
  for (const size of [1, 2 * PART_BYTES])
    t.strictSame(await dates(size, Date.UTC(1900)), ['1900-01-01T00:00:00.000Z', undefined]);
});

t.test('a part is tried again, and not for ever', async (t) => {
  const { page, state, requests } = await openUpload(t);
  state.answers.set('PUT files/bucket', () => [503, {}]);
  const failed = await page.evaluate(`(() => {
    const wait = setTimeout;
    globalThis.setTimeout = (run, ms) => wait(run, ms > 40_000 ? ms : 0);
    return gateway.files.upload(file).catch(({ status, code }) => ({ status, code }));
  })()`);
  t.strictSame(failed, { status: 503, code: 'storage_refused' });
  t.ok(requests('PUT files/bucket').length > 1);
});

t.test('what the app host never answers ends after 15 seconds', async (t) => {
  const { context, open } = await openClient(t, browser);
  const page = await open();
  await context.route('**/api/files?**', () => {});
  const failed = await page.evaluate(`(() => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => { globalThis.limitMs = ms; return timeout(ms / 100); };
    const never = new Promise((resolve) => setTimeout(resolve, 60_000, 'never'));
    return Promise.race([never, gateway.files.list().catch(({ status, code }) => [status, code, limitMs])]);
  })()`);
  t.strictSame(failed, [0, 'network', 15_000]);
});

/** The pauses between tries end at once. */
async function openQuick(t: Test) {
  const client = await openClient(t, browser);
  const page = await client.open();
  await page.evaluate(`(() => {
    const wait = setTimeout;
    globalThis.setTimeout = (run, ms) => wait(run, ms > 10_000 ? ms : 0);
  })()`);
  return { ...client, page };
}

/** @returns the result: the name, or the error */
function upload(page: Page, text: string, options = {}): Promise<object> {
  return page.evaluate<object>(`
    gateway.files.upload(new File(['${text}'], 'a.txt', { type: 'text/plain' }), ${JSON.stringify(options)}).then(
      ({ name }) => ({ name }),
      ({ status, code, size, lastModified }) => ({ status, code, size, lastModified }),
    )
  `);
}

const LAST_MODIFIED = 'Wed, 25 Nov 2026 12:00:00 GMT';
const isPut = (url: URL) => url.pathname === '/bucket';

/**
 * @param then runs once S3 has the file, before anybody knows
 * @param status what the browser gets in place of the answer; without it, nothing
 */
async function loseAnswer(context: BrowserContext, then = () => {}, status?: number): Promise<void> {
  let isFirst = true;
  await context.unroute(isPut);
  await context.route(isPut, async (route) => {
    if (!isFirst || route.request().method() !== 'PUT') return route.continue();
    isFirst = false;
    await route.fetch();
    then();
    return status
      ? route.fulfill({ status, headers: { 'access-control-allow-origin': '*' } })
      : route.abort();
  });
}

t.test('a name that is taken is file_exists, with what is there; replace: true replaces it', async (t) => {
  const { page, store } = await openQuick(t);
  store('a.txt', 'text/plain', Buffer.from('older'));
  const taken = { status: 409, code: 'file_exists', size: 5, lastModified: LAST_MODIFIED };
  t.strictSame(await upload(page, 'newer!'), taken);
  t.strictSame(await upload(page, 'older'), taken, 'be it the same: nobody sent it here');
  t.strictSame(await upload(page, 'newer!', { replace: true }), { name: 'a.txt' });
});

t.test('an answer that got lost is no conflict where the file is the one that was sent', async (t) => {
  const { page, context, store } = await openQuick(t);
  const loseFirst = (then?: () => void) => loseAnswer(context, then);
  await loseFirst();
  t.strictSame(await upload(page, 'mine'), { name: 'a.txt' });
  const taken = { status: 409, code: 'file_exists', size: 4, lastModified: LAST_MODIFIED };
  await loseFirst();
  t.strictSame(await upload(page, 'your'), taken, 'other bytes, as many');
  await loseFirst();
  t.strictSame(await upload(page, 'more than that'), taken, 'more bytes');
  await loseFirst(() => store('a.txt', 'text/plain', Buffer.from('else')));
  t.strictSame(await upload(page, 'mine'), taken, 'somebody else was there first');
});

t.test('nor is an error that S3 answers after it has stored the file', async (t) => {
  const { page, context } = await openQuick(t);
  await loseAnswer(context, undefined, 500);
  t.strictSame(await upload(page, 'mine'), { name: 'a.txt' });
});
