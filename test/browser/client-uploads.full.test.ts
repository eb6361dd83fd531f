import { createHash } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import t from 'tap';
import { blocks } from '../docs/support/documented-files.ts';
import { atLeast, until } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { serveClient, signInWithClient, startLibrary } from './support/client-page.ts';

const SIZE = 20 * 1_024 * 1_024;
/** Three parts with different bytes. A reload of the page makes the same bytes. */
const FILM = `new File([Uint8Array.from({ length: ${SIZE} }, (_, index) => (index * 2654435761) >>> 23)], 'film.mp4', { type: 'video/mp4', lastModified: 1 })`;

const stack: TestStack = await startTestStack(t);
const browser = await launchShell(t);

/** A signed-in document of the real app host, with no script except the client library. */
async function openClient(login: string): Promise<{ context: BrowserContext; page: Page; sent: string[] }> {
  const context = await browser.newContext();
  const [shown = ''] = blocks('services/web/client/README.md', 'ts');
  const example = shown.replace('@cloudfront-cookie-gateway/client', '/client.js');
  await serveClient(context, stack, { '/readme.js': example });
  const page = await context.newPage();
  await signInWithClient(page, stack, login);
  const sent: string[] = [];
  page.on('requestfinished', (request) => {
    if (request.method() !== 'GET') sent.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  return { context, page, sent };
}

const isPart = (line: string) => line.startsWith('PUT ');

t.test('a large upload that a reload interrupts continues with the parts that S3 lacks', async (t) => {
  const { context, page, sent } = await openClient('alice');
  const addresses = (url: URL) => url.pathname.endsWith('/parts');
  await context.route(addresses, (route) =>
    route.request().postDataJSON().parts[0].number === 3 ? new Promise(() => {}) : route.continue(),
  );
  await page.evaluate(`void gateway.files.upload(${FILM})`);
  await until(() => sent.filter(isPart).length, atLeast(2));
  t.equal(sent.filter(isPart).length, 2);
  t.notMatch(await page.evaluate('JSON.stringify(localStorage)'), 'film', 'no name is kept');
  await page.reload();
  await context.unroute(addresses);
  sent.length = 0;
  await startLibrary(page);
  const made = await page.evaluate(`
    globalThis.fractions = [];
    gateway.files.upload(${FILM}, { onProgress: (fraction) => fractions.push(fraction) })
      .then(({ name }) => name)
  `);
  t.equal(made, 'film.mp4');
  await until(() => sent.some((line) => line.endsWith('/complete')), true);
  await until(() => sent.filter(isPart).length, atLeast(1));
  t.equal(sent.filter(isPart).length, 1, 'the third part alone');
  t.notOk(sent.includes('POST /api/uploads'));
  t.equal(await page.evaluate('fractions.at(-1)'), 1);
  const { size, sha256 } = Object(
    await page.evaluate(`(async () => {
      const { files: [file] } = await gateway.files.list({ prefix: 'film' });
      const bytes = await (await fetch(file.url, { credentials: 'include' })).arrayBuffer();
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return { size: file.size, sha256: [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
    })()`),
  );
  const bytes = Uint8Array.from({ length: SIZE }, (_, index) => (index * 2654435761) >>> 23);
  t.equal(size, SIZE);
  t.equal(sha256, createHash('sha256').update(bytes).digest('hex'));
  await context.close();
});

t.test("the unchanged example of the library's README", async (t) => {
  const { context, page } = await openClient('dave');
  await page.evaluate(
    `gateway.files.upload(new File(['x'], 'a.png', { type: 'image/png' })).then(() => undefined)`,
  );
  const told: string[] = [];
  const errors: Error[] = [];
  page.on('console', (message) => told.push(message.text()));
  page.on('pageerror', (error) => errors.push(error));
  const shown = page.waitForRequest((request) => request.resourceType() === 'image');
  const leaves = page.waitForURL((url) => url.pathname !== '/livez');
  await page.evaluate("void import('/readme.js')");
  t.match((await shown).url(), /\/a\.png\?v=/);
  await leaves;
  await until(() => told.includes('1'), true);
  t.pass('the whole upload has been sent');
  await page.goto(`${stack.appOrigin}/livez`);
  await page.evaluate("void import('/readme.js')");
  await page.waitForSelector('input[name=login]');
  t.strictSame(errors, [], 'signed out: the browser leaves for the provider, and does no more');
  await context.close();
});
