import type { BrowserContext, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../../support/chromium.ts';
import { ALICE } from '../stand-in.ts';
import { openClient } from './open.ts';

const browser = await launchShell(t);

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
const FILE = `files/users/${ALICE.id}/a.txt`;
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
  const { page, store, requests } = await openQuick(t);
  store('a.txt', 'text/plain', Buffer.from('older'));
  const taken = { status: 409, code: 'file_exists', size: 5, lastModified: LAST_MODIFIED };
  t.strictSame(await upload(page, 'newer!'), taken);
  t.equal(requests('PUT').length, 1, 'it is not tried again');
  t.equal(requests('HEAD').length, 1);
  t.equal(requests(`GET ${FILE}`).length, 0, 'the file itself is not loaded');
  t.strictSame(await upload(page, 'older'), taken, 'be it the same: nobody sent it here');
  t.strictSame(await upload(page, 'newer!', { replace: true }), { name: 'a.txt' });
});

t.test('what is there may not be known', async (t) => {
  const { page, store, state } = await openQuick(t);
  store('a.txt', 'text/plain', Buffer.from('older'));
  for (const status of [0, 404]) {
    state.faults.set(`HEAD ${FILE}`, [
      [status, ''],
      [status, ''],
    ]);
    t.strictSame(
      await upload(page, 'newer'),
      {
        ...{ status: 409, code: 'file_exists', size: undefined, lastModified: undefined },
      },
      `${status}`,
    );
  }
});

t.test('an answer that got lost is no conflict where the file is the one that was sent', async (t) => {
  const { page, context, requests, store } = await openQuick(t);
  const loseFirst = (then?: () => void) => loseAnswer(context, then);
  await loseFirst();
  t.strictSame(await upload(page, 'mine'), { name: 'a.txt' });
  t.equal(requests('PUT').length, 2);
  t.equal(requests(`GET ${FILE}`).length, 1, 'it is looked at once');
  t.match(requests(`GET ${FILE}`)[0]?.line, /\/a\.txt\?v=[0-9a-f]{64}$/, 'past what the edge keeps');

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

t.test('where the files host does not answer, it is asked again', async (t) => {
  const { page, context, state, requests } = await openQuick(t);
  await loseAnswer(context);
  state.faults.set(`GET ${FILE}`, [[0, '']]);
  t.strictSame(await upload(page, 'mine'), { name: 'a.txt' });
  t.equal(requests('PUT').length, 3);
  await loseAnswer(context);
  state.faults.set(`GET ${FILE}`, [
    [0, ''],
    [0, ''],
  ]);
  t.match(await upload(page, 'mine'), { status: 0, code: 'network' }, 'but not for ever');
});

t.test('S3 may say that something else happened to the name: then it is asked once more', async (t) => {
  const { page, state, requests } = await openQuick(t);
  const conflict = [409, 'ConditionalRequestConflict'];
  state.faults.set('PUT files/bucket', [conflict, conflict]);
  t.strictSame(await upload(page, 'mine'), { name: 'a.txt' });
  t.equal(requests('POST /api/uploads').length, 3, 'each time with a new address');
  state.faults.set('PUT files/bucket', [conflict, conflict, conflict]);
  t.match(await upload(page, 'mine', { replace: true }), { status: 409, code: 'storage_refused' });
});

t.test('an upload in parts that S3 wants begun anew is begun anew, once', async (t) => {
  const { page, origins, state } = await openQuick(t);
  let begun = 0;
  let completed = 0;
  let refusals = 1;
  const gone: [number, object] = [404, { code: 'no_such_upload' }];
  const begin = () => ({ upload: { id: `u${++begun}`, partSize: 2 ** 25 } });
  // The hosts do this, not Playwright's routes: with routes the browser would hand over every byte that it sends.
  state.answers = new Map<string, () => [number, object]>([
    ['POST /api/uploads', () => [201, begin()]],
    ['PUT files/bucket', () => [200, {}]],
  ]);
  for (const id of ['u1', 'u2']) {
    const path = `/api/uploads/${id}`;
    const parts = [{ url: `${origins.files}/bucket`, headers: {} }];
    state.answers.set(`GET ${path}`, () => gone);
    state.answers.set(`DELETE ${path}`, () => gone);
    state.answers.set(`POST ${path}/parts`, () => [200, { parts }]);
    state.answers.set(`POST ${path}/complete`, () =>
      completed++ < refusals ? gone : [200, { name: 'a.bin', url: '' }],
    );
  }
  const run = () =>
    page.evaluate<string>(
      `gateway.files.upload(new File([new Uint8Array(${2 ** 24 + 1})], 'a.bin')).then(({ name }) => name, ({ code }) => code)`,
    );
  t.equal(await run(), 'a.bin');
  t.strictSame([begun, completed], [2, 2]);
  [begun, completed, refusals] = [0, 0, 9];
  t.equal(await run(), 'no_such_upload');
  t.strictSame([begun, completed], [2, 2]);
});

t.test('the type goes without parameters, in lower case', async (t) => {
  const { page, requests } = await openQuick(t);
  await upload(page, 'x', { type: ' Text/Plain ; charset=UTF-8' });
  await page.evaluate(`gateway.files.upload(new File(['x'], 'b')).then(() => undefined)`);
  const types = requests('POST /api/uploads').map(({ body }) => Object(body).type);
  t.strictSame(types, ['text/plain', 'application/octet-stream']);
});
