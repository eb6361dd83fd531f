import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { BrowserContext } from 'playwright-core';
import t from 'tap';
import { listenOnLoopback } from '../../edge/local/loopback.ts';
import { cachedStack } from '../support/cached-build.ts';
import { launchChromium } from '../support/chromium.ts';
import { startTestStack } from '../support/test-stack.ts';
import { signInOnPage, TEST_HOSTS } from './support/places.ts';

/** Said on the console, which no policy and no sandbox keeps a script that runs from doing. */
const SAY = `console.log('RAN ' + location.origin)`;
const SCRIPT = `<script>${SAY}</script><img src=x onerror="${SAY}">`;
const XHTML = 'http://www.w3.org/1999/xhtml';

/** Files that somebody else may have put into the bucket: the name, the type as S3 holds it, the bytes. */
const FILES: [name: string, type: string, text: string][] = [
  ['page.html', 'text/html', SCRIPT],
  ['upper-case', 'Text/HTML; charset=utf-8', SCRIPT],
  ['page.png', 'text/html', SCRIPT],
  [
    'drawing.svg',
    'image/svg+xml',
    `<svg xmlns="http://www.w3.org/2000/svg" onload="${SAY}"><script>${SAY}</script></svg>`,
  ],
  [
    'drawing',
    'image/svg+xml;charset=utf-8',
    `<svg xmlns="http://www.w3.org/2000/svg"><script>${SAY}</script></svg>`,
  ],
  ['data.xml', 'application/xml', `<x xmlns="${XHTML}"><script>${SAY}</script></x>`],
  ['text.xml', 'text/xml', `<x xmlns="${XHTML}"><script>${SAY}</script></x>`],
  ['page.xhtml', 'application/xhtml+xml', `<html xmlns="${XHTML}"><script>${SAY}</script></html>`],
  ['program.js', 'text/javascript', `${SAY}//`],
  ['program', 'application/ecmascript', `${SAY}//`],
  ['polyglot.gif', 'image/gif', `GIF89a/*\u0001\u0002*/=1;${SAY}//`],
  ['sniffed.png', 'image/png', SCRIPT],
  ['sniffed.txt', 'text/plain', SCRIPT],
  ['script.txt', 'text/plain', `${SAY}//`],
  ['utf-7.txt', 'text/plain; charset=utf-7', `+ADw-script+AD4-${SAY}+ADw-/script+AD4-`],
  [
    'many',
    'multipart/x-mixed-replace; boundary=x',
    `--x\r\nContent-Type: text/html\r\n\r\n${SCRIPT}\r\n--x--`,
  ],
  ['list.m3u', 'audio/mpegurl', `#EXTM3U\n${SCRIPT}`],
  ['no-type', 'x', SCRIPT],
  ['unknown', 'application/unknown', SCRIPT],
  ['archive.mht', 'multipart/related', SCRIPT],
  [
    'paper.pdf',
    'application/pdf',
    `%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n${SCRIPT}`,
  ],
];

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

/** Opens every URL by itself, then all of them embedded in a page of each origin; returns which scripts ran where. */
async function openAll(context: BrowserContext, urls: string[], pageOrigins: string[]): Promise<string[]> {
  const ran: string[] = [];
  context.on('console', (message) => {
    if (message.text().startsWith('RAN ')) ran.push(message.text().slice('RAN '.length));
  });
  context.on('dialog', (dialog) => {
    ran.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  for (const url of urls) {
    const page = await context.newPage();
    // What is downloaded is no page: that is an error of goto.
    await page.goto(url, { timeout: 10_000 }).catch(() => undefined);
    await page.close();
  }
  for (const origin of pageOrigins) {
    for (const way of EMBEDDED.keys()) {
      const page = await context.newPage();
      await page.goto(`${origin}/embedded/${way}`);
      await page.evaluate('Promise.allSettled(globalThis.pending ?? [])');
      await page.close();
    }
  }
  return ran;
}

/** As it is deployed, and the way on for a CloudFront that shows functions no credential: such a one. */
const WAYS = {
  read: {},
  trusted: { EDGE_ASSUMPTIONS: 'signingCookiesHidden=true,signingParametersHidden=true' },
};

for (const edgeCredential of ['read', 'trusted'] as const) {
  t.test(
    `${edgeCredential}: no script of a hostile file runs: opened, embedded, navigated to`,
    { timeout: 180_000 },
    async (t) => {
      const stack = await startTestStack(t, {
        env: WAYS[edgeCredential],
        build: (values, directory) => cachedStack({ ...values, edgeCredential }, directory),
      });
      const browser = await launchChromium(TEST_HOSTS);
      t.teardown(() => browser.close());

      let urls: string[] = [];
      const embedding = await listenOnLoopback((request, response) => {
        const way = EMBEDDED[Number(request.url?.split('/').at(-1))];
        response.setHeader('content-type', 'text/html');
        response.end(`<!doctype html>${way ? urls.map(way).join('\n') : ''}`);
      }, 0);
      t.teardown(() => embedding.close(0));
      // The first is of the same site as the files host, so that cookies come along; the second is a stranger.
      const pageOrigins = [`http://localhost:${embedding.port}`, `http://stranger.test:${embedding.port}`];

      const unguarded = await listenOnLoopback((request, response) => {
        const file = FILES.find(([name]) => request.url?.startsWith(`/${name}?`));
        response.setHeader('content-type', file?.[1] ?? 'text/plain');
        response.end(file?.[2]);
      }, 0);
      t.teardown(() => unguarded.close(0));
      urls = FILES.map(([name]) => `http://localhost:${unguarded.port}/${name}?`);
      const careless = await openAll(await browser.newContext(), urls, pageOrigins);
      for (const origin of [`http://localhost:${unguarded.port}`, ...pageOrigins]) {
        t.ok(careless.includes(origin), `from a server without care, they do run: ${origin}`);
      }

      const context = await browser.newContext();
      const page = await context.newPage();
      await signInOnPage(page, stack.appOrigin, 'alice');
      const session = await page.evaluate<{ files: { prefix: string } }>(
        `fetch('/auth/session').then((it) => it.json())`,
      );
      const { endpoint, ...credentials } = JSON.parse(readFileSync(join(stack.directory, 's3.json'), 'utf8'));
      const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
      t.teardown(() => s3.destroy());
      for (const [name, ContentType, Body] of FILES) {
        const Key = `${session.files.prefix.slice(1)}${name}`;
        await s3.send(new PutObjectCommand({ Bucket: 'gateway-files', Key, Body, ContentType }));
      }
      const listed = await page.evaluate<{ files: { url: string }[] }>(
        `fetch('/api/files').then((it) => it.json())`,
      );
      t.equal(listed.files.length, FILES.length, 'what another tool put there is listed');
      const own = listed.files.flatMap(({ url }) => [
        url,
        url.split('?')[0] ?? '',
        `${url}&download=invoice.html`,
      ]);
      for (const url of own) {
        const response = await page.request.get(url);
        if (response.status() !== 200) t.fail(`${url} does not open: ${response.status()}`);
      }
      urls = own;
      t.same(await openAll(context, own, pageOrigins), [], 'none of them, on any host');
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
    },
  );
}
