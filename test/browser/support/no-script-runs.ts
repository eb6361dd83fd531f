import { createHash } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Test } from 'tap';
import { listenOnLoopback } from '../../../edge/local/loopback.ts';
import { cachedStack } from '../../support/cached-build.ts';
import { startTestStack } from '../../support/test-stack.ts';
import { putFile } from './film.ts';
import type { FILES } from './hostile-files.ts';
import { signInOnPage } from './places.ts';

const EMBEDDED = [
  (url: string) => `<iframe src="${url}"></iframe>`,
  (url: string) => `<object data="${url}"></object>`,
  (url: string) => `<embed src="${url}">`,
  (url: string) => `<img src="${url}"><video src="${url}"></video><audio src="${url}"></audio>`,
  (url: string) => `<link rel="stylesheet" href="${url}"><link rel="manifest" href="${url}">`,
  (url: string) => `<script src="${url}"></script>`,
  (url: string) => `<script type="module">(globalThis.pending ??= []).push(import("${url}"))</script>`,
  (url: string) => `<script>try { new Worker("${url}") } catch {}</script>`,
  (url: string) =>
    `<script>(globalThis.pending ??= []).push(navigator.serviceWorker?.register("${url}"))</script>`,
];

const TABS = 4;

/**
 * Opens every URL by itself, then all of them embedded in a page of each origin. Returns the scripts that ran, and
 * where.
 */
export async function openAll(
  t: Test,
  context: BrowserContext,
  urls: string[],
): Promise<{ ran: string[]; pageOrigins: string[] }> {
  const server = await listenOnLoopback((request, response) => {
    const way = EMBEDDED[Number(request.url?.split('/').at(-1))];
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html>${way ? urls.map(way).join('\n') : ''}`);
  }, 0);
  t.teardown(() => server.close(0));
  // The first is on the site of the files host, so that cookies come along. The second is a stranger's.
  const pageOrigins = [`http://localhost:${server.port}`, `http://stranger.test:${server.port}`];
  const ran: string[] = [];
  context.on('console', (message) => {
    if (message.text().startsWith('RAN ')) ran.push(message.text().slice('RAN '.length));
  });
  context.on('dialog', (dialog) => {
    ran.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await inTabs(context, urls, async (page, url) => {
    // A download is not a page, and goto throws. A page that does not load within Playwright's limit fails.
    await page.goto(url).catch((error: unknown) => {
      if (!/Download is starting|net::ERR_ABORTED/.test(String(error))) throw error;
    });
  });
  const embedding = pageOrigins.flatMap((origin) =>
    [...EMBEDDED.keys()].map((way) => `${origin}/embedded/${way}`),
  );
  await inTabs(context, embedding, async (page, url) => {
    await page.goto(url);
    await page.evaluate('Promise.allSettled(globalThis.pending ?? [])');
  });
  return { ran, pageOrigins };
}

/** A few at a time, each in a tab that goes from one to the next, because a new tab takes longer than a file. */
async function inTabs(
  context: BrowserContext,
  urls: string[],
  visit: (page: Page, url: string) => Promise<void>,
): Promise<void> {
  const left = urls.values();
  const work = async () => {
    const page = await context.newPage();
    for (const url of left) await visit(page, url);
    await page.close();
  };
  await Promise.all(Array.from({ length: TABS }, work));
}

/** Uploads as the user's own page does. @returns whether the type is accepted */
async function uploadFrom(page: Page, name: string, type: string, text: string): Promise<boolean> {
  const body = Buffer.from(text);
  const sha256 = createHash('sha256').update(body).digest('hex');
  const asked = JSON.stringify({ name, type, size: body.length, sha256 });
  const status = await page.evaluate<number>(`(async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/api/uploads', { method: 'POST', headers, body: ${JSON.stringify(asked)} });
    if (answer.status !== 201) return answer.status;
    const { upload } = await answer.json();
    const bytes = Uint8Array.from(${JSON.stringify([...body])});
    return (await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: bytes })).status;
  })()`);
  if (status !== 200 && status !== 415) throw new Error(`${name}: ${status}`);
  return status === 200;
}

/** The deployed form, and the form for a CloudFront that hides credentials from functions, run on such a CloudFront. */
const WAYS = {
  read: {},
  trusted: { EDGE_ASSUMPTIONS: 'signingCookiesHidden=true,signingParametersHidden=true' },
};

/**
 * Uploads the hostile files, and opens them in each way, under one of the two forms of the edge function.
 * @param browser with TEST_HOSTS
 */
export async function runsNoScript(
  t: Test,
  browser: Browser,
  edgeCredential: keyof typeof WAYS,
  files: typeof FILES,
): Promise<void> {
  const stack = await startTestStack(t, {
    env: WAYS[edgeCredential],
    build: (values, directory) => cachedStack({ ...values, edgeCredential }, directory),
  });
  const context = await browser.newContext();
  const page = await context.newPage();
  await signInOnPage(page, stack.appOrigin, 'alice');
  const session = await page.evaluate<{ files: { prefix: string } }>(
    `fetch('/auth/session').then((it) => it.json())`,
  );
  const byOtherTools: string[] = [];
  for (const [name, type, text] of files) {
    if (await uploadFrom(page, name, type, text)) continue;
    // Another tool may write this type all the same.
    byOtherTools.push(type);
    const [key, body] = [`${session.files.prefix.slice(1)}${name}`, Buffer.from(text)];
    await putFile(t, stack.directory, { key, type, body, size: body.length });
  }
  t.ok(
    byOtherTools.every((type) => type === 'x' || /[;A-Z]/.test(type)),
    'the service takes every media type',
  );
  const listed = await page.evaluate<{ files: { name: string; url: string }[] }>(
    `fetch('/api/files').then((it) => it.json())`,
  );
  t.equal(listed.files.length, files.length, 'files of another tool are listed');
  // Files of the other types are opened by one address each. Three addresses for each file would take minutes.
  const own = listed.files.flatMap(({ name, url }) =>
    name.startsWith('other ') ? url : [url, url.split('?')[0] ?? '', `${url}&download=invoice.html`],
  );
  for (const url of own) {
    const response = await page.request.get(url);
    if (response.status() !== 200) t.fail(`${url} does not open: ${response.status()}`);
  }
  t.strictSame((await openAll(t, context, own)).ran, [], 'no script ran, on any host');
  t.ok(
    (await context.cookies()).some(({ name }) => name === 'CloudFront-Policy'),
    'and the cookies were there',
  );

  await page.goto(stack.appOrigin);
  const ran: string[] = [];
  page.on('console', (message) => ran.push(message.text()));
  await page.setContent(EMBEDDED.flatMap((way) => own.map(way)).join('\n'), { waitUntil: 'load' });
  t.notOk(
    ran.some((text) => text.startsWith('RAN ')),
    'nor embedded in a page of the app',
  );
}
