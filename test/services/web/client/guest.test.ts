import { buildSync } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { browserSettings } from '../../../../services/web/build.ts';
import { launchShell } from '../../../support/chromium.ts';
import { comesTo, PIXEL, waitUntil, watchErrors } from '../browser.ts';
import { createStandIn } from '../stand-in.ts';

const browser = await launchShell(t);

const TEAM = { id: 'h'.repeat(26), name: 'Holidays' };
const VIEW = { id: 'view', secret: 'secret-of-view', role: 'viewer', team: TEAM } as const;
const SEND = { id: 'send', secret: 'secret-of-send', role: 'uploader', team: TEAM } as const;
const REFRESH = 'POST /auth/links/view/refresh';

const PAGE = '<!doctype html><title>guest</title><script type="module" src="/page.js"></script>';
/** `begun` has the state at the start. `guest` is the link that was open then, or that `openIt` has opened. */
const SCRIPT = `import * as links from '/guest.js';
globalThis.heard = [];
globalThis.ends = [];
const show = (guest) => {
  globalThis.guest = guest;
  for (const event of ['session', 'expired', 'signedout']) guest.on(event, () => heard.push(event));
  guest.watchImages();
};
globalThis.links = links;
globalThis.openIt = (password) => links.openLink(password).then(show).then(() => 'open', ({ code }) => code);
globalThis.addImage = (src) => {
  const image = new Image();
  image.onload = () => ends.push('load');
  image.onerror = () => ends.push('error');
  image.src = src;
  document.body.append(image);
};
globalThis.begun = [links.takeLink(), links.hasLink()];
const opened = links.openedLink();
if (opened) show(opened);
globalThis.ready = true;`;

const { outputFiles } = buildSync({
  ...browserSettings(),
  entryPoints: ['services/web/client/guest.ts'],
  write: false,
});

/** A stand-in with both links, and a browser profile without a session. */
async function openGuest(t: Test) {
  const assets = new Map([
    ['/guest', PAGE],
    ['/page.js', SCRIPT],
    ['/guest.js', outputFiles[0]?.text ?? ''],
  ]);
  const standIn = await createStandIn({ assets });
  const context = await browser.newContext();
  const throwErrors = watchErrors(context);
  t.teardown(async () => {
    await context.close();
    await standIn.close();
    throwErrors();
  });
  standIn.state.links = [VIEW, SEND];
  standIn.store(`teams/${TEAM.id}/a.png`, 'image/png', PIXEL);
  const picture = `${standIn.origins.files}/teams/${TEAM.id}/a.png`;
  return { ...standIn, context, picture, open: (hash = '') => openTab(context, standIn.origins.app, hash) };
}

async function openTab(context: BrowserContext, origin: string, hash: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${origin}/guest${hash}`);
  await waitUntil(page, 'globalThis.ready');
  return page;
}

const openIt = (page: Page, password?: string) => page.evaluate(`openIt(${JSON.stringify(password)})`);
const namesOf = (page: Page) =>
  page.evaluate('guest.files.list().then(({ files }) => files.map(({ name }) => name), ({ code }) => code)');
const kept = (page: Page) => page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })');

t.test('a view link: opened by its secret, which no request line and no storage keeps', async (t) => {
  const { open, origins, state, picture } = await openGuest(t);
  const page = await open(`#link=${VIEW.secret}`);
  t.equal(page.url(), `${origins.app}/guest`, 'the address has no secret any more');
  t.strictSame(await page.evaluate('begun'), [true, true]);
  t.equal(await openIt(page), 'open');
  t.strictSame(await namesOf(page), ['a.png']);
  await namesOf(page);
  t.strictSame(await page.evaluate('heard'), ['session'], 'the first list tells where the files host is');
  t.notOk(await page.evaluate("guest.files.list().then(({ files }) => 'page' in files[0])"));
  t.match(await page.evaluate('guest.link'), { id: 'view', role: 'viewer', team: TEAM });
  await page.evaluate(`addImage('${picture}')`);
  await comesTo(t, () => page.evaluate('ends'), ['load']);
  t.notMatch(await kept(page), VIEW.secret);
  t.notOk(state.log.some(({ line }) => line.includes(VIEW.secret)));
  t.equal(await page.evaluate('history.length'), 2, 'the step back leads to no secret');

  await page.reload();
  await waitUntil(page, 'globalThis.ready');
  t.strictSame(await page.evaluate('begun'), [false, true]);
  t.strictSame(await namesOf(page), ['a.png'], 'a reload goes on');
});

t.test('a password: asked for once, also over a reload; never again in this browser', async (t) => {
  const { open, state, requests } = await openGuest(t);
  state.links = [{ ...VIEW, password: 'geheim' }];
  const page = await open(`#link=${VIEW.secret}`);
  t.equal(await openIt(page), 'password_needed');
  await page.reload();
  await waitUntil(page, 'globalThis.ready');
  t.strictSame(await page.evaluate('begun'), [false, true]);
  t.equal(await openIt(page, 'falsch'), 'wrong_password');
  t.equal(await openIt(page, 'geheim'), 'open');
  const again = await open(`#link=${VIEW.secret}`);
  t.equal(await openIt(again), 'open');
  t.equal(requests('POST /auth/links/open').length, 3);
  state.faults.set(REFRESH, [[503, 'store_unavailable']]);
  const later = await open(`#link=${VIEW.secret}`);
  t.equal(await openIt(later), 'store_unavailable');
  t.equal(requests('POST /auth/links/open').length, 3, 'nobody is asked for the password');
});

t.test('a link that is over: said once, and forgotten', async (t) => {
  const { open, state, requests } = await openGuest(t);
  const page = await open(`#link=${VIEW.secret}`);
  await openIt(page);
  state.links = [];
  t.equal(await namesOf(page), 'link_over');
  t.equal(await namesOf(page), 'link_over');
  t.equal(await page.evaluate('guest.session().then(() => 1, () => 0)'), 1);
  t.strictSame(await page.evaluate('heard'), ['signedout']);
  t.notMatch(await kept(page), TEAM.id);
  const again = await open(`#link=${VIEW.secret}`);
  t.equal(await openIt(again), 'link_over');
  t.equal(requests('POST /auth/links/open').length, 2, 'it may be open again');
});

t.test('renews what is overdue when the person comes back', async (t) => {
  const { context, open, requests } = await openGuest(t);
  await context.clock.install();
  const page = await open(`#link=${VIEW.secret}`);
  await openIt(page);
  const wake = "dispatchEvent(new Event('focus'))";
  await page.evaluate(wake);
  await context.clock.setSystemTime(Date.now() + 700_000);
  t.equal(requests(REFRESH).length, 0);
  await page.evaluate(wake);
  await comesTo(t, async () => requests(REFRESH).length, 1);
});

t.test('three tabs whose cookies have ended ask at once: one renews for all', async (t) => {
  const { context, open, requests } = await openGuest(t);
  await context.clock.install();
  const pages = [1, 2, 3].map(() => open(`#link=${VIEW.secret}`));
  for (const page of pages) await openIt(await page);
  const before = requests(REFRESH).length;
  await context.clock.setSystemTime(Date.now() + 1_000_000);
  const sessions = pages.map(async (page) =>
    (await page).evaluate('guest.session().then((session) => session.user.id)'),
  );
  t.strictSame(await Promise.all(sessions), ['view', 'view', 'view']);
  t.equal(requests(REFRESH).length, before + 1);
});

t.test(
  'an image whose cookies are past loads after a renewal; after the end of the link, it fails',
  async (t) => {
    const { context, open, state, requests, picture } = await openGuest(t);
    const page = await open(`#link=${VIEW.secret}`);
    await openIt(page);
    await namesOf(page);
    await context.clearCookies({ name: /^CloudFront-/ });
    await page.evaluate(`addImage('${picture}?1')`);
    await comesTo(t, () => page.evaluate('ends'), ['error', 'load']);
    t.equal(requests(REFRESH).length, 1);
    state.links = [];
    await context.clearCookies({ name: /^CloudFront-/ });
    await page.evaluate(`addImage('${picture}?2')`);
    await comesTo(t, () => page.evaluate('ends'), ['error', 'load', 'error']);
    await comesTo(t, () => page.evaluate("heard.filter((event) => event === 'signedout').length"), 1);
  },
);

/** Uploads a text. @returns the name that it got, or the code of the failure */
const send = (page: Page, name: string, content: string) =>
  page.evaluate(
    `guest.files.upload(new File(['${content}'], '${name}', { type: 'text/plain' })).then(({ name }) => name, ({ code }) => code)`,
  );

t.test('an upload link: a taken name gets a number, and no thumbnail is asked for', async (t) => {
  const { open, stored, requests } = await openGuest(t);
  const page = await open(`#link=${SEND.secret}`);
  t.equal(await openIt(page), 'open');
  t.equal(await page.evaluate('guest.session()'), null);
  t.strictSame(await page.evaluate('guest.files.all().next().catch(({ status, code }) => [status, code])'), [
    410,
    'link_over',
  ]);
  t.equal(await send(page, 'a.txt', 'one'), 'a.txt');
  t.equal(await send(page, 'a.txt', 'two'), 'a (2).txt');
  t.strictSame(
    [...stored.keys()].filter((name) => name.includes('received')),
    [`teams/${TEAM.id}/received-1/a.txt`, `teams/${TEAM.id}/received-1/a (2).txt`],
  );
  await page.evaluate(`fetch('data:image/png;base64,${PIXEL.toString('base64')}').then((answer) => answer.blob())
    .then((blob) => guest.files.upload(blob, { name: 'b.png' })).then(() => undefined)`);
  t.equal(requests('POST /api').filter(({ line }) => line.endsWith('/thumbnails')).length, 0);
  t.equal(requests('GET files').length, 0, 'nothing is read');
});

t.test('a name that somebody takes meanwhile: the host gives another one', async (t) => {
  const { open, state, store, stored } = await openGuest(t);
  const page = await open(`#link=${SEND.secret}`);
  await openIt(page);
  const isFree = Promise.withResolvers<void>();
  state.s3Gate = isFree.promise;
  const sent = send(page, 'a.txt', 'mine');
  await comesTo(t, () => Promise.resolve(state.log.some(({ line }) => line.startsWith('PUT'))), true);
  store(`teams/${TEAM.id}/received-1/a.txt`, 'text/plain', Buffer.from('theirs'));
  isFree.resolve();
  t.equal(await sent, 'a (2).txt');
  t.equal(`${stored.get(`teams/${TEAM.id}/received-1/a.txt`)?.bytes}`, 'theirs');

  state.answers.set('PUT files/bucket', () => [412, {}]);
  t.equal(await send(page, 'b.txt', 'mine'), 'storage_refused', 'not for ever');
});

t.test('a full link, and one that ends during the upload', async (t) => {
  const { open, state } = await openGuest(t);
  const page = await open(`#link=${SEND.secret}`);
  await openIt(page);
  state.faults.set('POST /api/links/send/uploads', [[409, 'link_full']]);
  t.equal(await send(page, 'a.txt', 'one'), 'link_full');
  t.strictSame(await page.evaluate('heard'), []);
  state.links = [];
  t.equal(await send(page, 'a.txt', 'one'), 'link_over');
  t.strictSame(await page.evaluate('heard'), ['signedout']);
});
