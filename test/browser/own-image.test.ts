import type { Request } from 'playwright-core';
import t from 'tap';
import { choose, fileLink } from '../services/web/acts.ts';
import { atLeast, until, waitUntil } from '../services/web/browser.ts';
import { launchShell } from '../support/chromium.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { startTestStack } from '../support/test-stack.ts';
import { pictureOf, signOutOnPage } from './support/places.ts';

const PDF = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
);

const stack = await startTestStack(t);
const browser = await launchShell(t);

t.test('a person signs in, uploads a picture and a PDF, sees them, and signs out', async (t) => {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
  const page = await context.newPage();
  const requests: Request[] = [];
  page.on('request', (request) => requests.push(request));

  await page.goto(stack.appOrigin);
  const pictures = [await drawPng(page, 205), await drawPng(page, 20), await drawPng(page, 130)];
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.fill('input[name=login]', 'alice');
  await page.fill('input[name=password]', 'anything');
  await page.click('form button');
  await page.getByRole('button', { name: 'Account alice' }).waitFor();

  await choose(
    page,
    ...[
      { name: '写真.png', mimeType: 'image/png', buffer: pictures[0] ?? Buffer.alloc(0) },
      { name: 'sunset.png', mimeType: 'image/png', buffer: pictures[1] ?? Buffer.alloc(0) },
      { name: 'hills.png', mimeType: 'image/png', buffer: pictures[2] ?? Buffer.alloc(0) },
      { name: '請求書.pdf', mimeType: 'application/pdf', buffer: PDF },
    ],
  );
  const shows = async () => {
    for (const name of ['写真.png', 'sunset.png', 'hills.png'])
      await waitUntil(page, `${pictureOf(name)}?.naturalWidth > 0`);
  };
  await shows();
  const src = (await page.getByRole('img', { name: '写真.png' }).getAttribute('src')) ?? '';
  t.ok(src.startsWith(`${stack.filesOrigin}/users/`), src);
  t.match(await fileLink(page, '請求書.pdf').getAttribute('href'), /\/%E8%AB%8B%E6%B1%82%E6%9B%B8\.pdf\?v=/);

  const shown = () =>
    requests.filter((request) => request.resourceType() === 'image' && request.url().includes('/users/'));
  await until(() => shown().length, atLeast(3));
  t.ok(
    shown().every((request) => request.url().startsWith(stack.filesOrigin)),
    'pictures come from the files host',
  );
  const served = (await stack.settledLog()).join('\n');
  t.match(served, '/api/uploads');
  t.notMatch(served, '/users/', 'the auth service sent none of their bytes');

  await page.reload();
  await shows();

  // A missing picture has nothing to do with cookies. The page reads this from the edge's answer.
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'HEAD'),
    page.evaluate(`document.body.append(Object.assign(new Image(), { src: '${src.split('?')[0]}x' }))`),
  ]);
  t.equal(answer.status(), 404);
  t.equal(answer.headers()['access-control-allow-origin'], stack.appOrigin);
  await page.evaluate(
    `fetch(${JSON.stringify(answer.url())}, { method: 'HEAD', credentials: 'include' }).then(() => undefined)`,
  );
  t.notOk(requests.some((request) => request.url().endsWith('/auth/refresh')));

  await signOutOnPage(page, stack.appOrigin);
  t.equal(new URL(page.url()).origin, stack.appOrigin, 'back from the provider');
  const cookies = await context.cookies();
  t.notOk(cookies.some(({ name }) => name.startsWith('CloudFront-') || name === '__Host-session'));
  const direct = await page.goto(src.split('?')[0] ?? '');
  t.equal(direct?.status(), 403);

  await page.goto(stack.appOrigin);
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.waitForSelector('input[name=login]');
  t.pass('the provider asks again who it is');
});

t.test('the page says in words that cookies cannot work', async (t) => {
  const page = await browser.newPage();
  // Chromium keeps Secure cookies on localhost. This script refuses them as Safari does, because no setting of Chromium
  // does.
  await page.addInitScript(
    `Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => {} })`,
  );
  await page.goto(stack.appOrigin);
  await page
    .getByRole('alert')
    .getByText(/Secure.*Safari|Safari.*Secure/)
    .waitFor();
  // A person who signs in all the same is told at the callback as well.
  const response = await page.goto(`${stack.appOrigin}/auth/callback?code=x&state=y`);
  t.equal(response?.status(), 400);
  t.match(await page.textContent('main'), /Safari keeps no Secure cookies/);
});
