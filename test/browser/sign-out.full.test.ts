import type { BrowserContext, Page } from 'playwright-core';
import t from 'tap';
import { atLeast, comesTo, PIXEL, until, waitUntil } from '../services/web/browser.ts';
import { launchChromium, launchProfile } from '../support/chromium.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import {
  cookieHeader,
  newProfile,
  PLACES,
  pictureOf,
  replay,
  signInOnPage,
  signOutOnPage,
  startPlace,
  TEST_HOSTS,
  uploadOnPage,
} from './support/places.ts';

t.setTimeout(240_000);

/** Opens a file's URL as a person would type it. Returns the status; undefined if there was no response. */
async function visit(context: BrowserContext, url: string): Promise<number | undefined> {
  const page = await context.newPage();
  const response = await page.goto(url);
  await page.close();
  return response?.status();
}

const stack = await startPlace(t, PLACES[1]);
const browser = await launchChromium(TEST_HOSTS);
t.teardown(() => browser.close());

t.test('a sign-out in one tab', async (t) => {
  const context = await newProfile(browser);
  const page = await context.newPage();
  await signInOnPage(page, stack.appOrigin, 'alice');
  const src = await uploadOnPage(page, 'a.png', PIXEL);
  const other = await context.newPage();
  await other.goto(stack.appOrigin);
  await waitUntil(other, `${pictureOf('a.png')}?.naturalWidth > 0`);
  const copied = await cookieHeader(context, src);
  t.equal(await replay(stack, src, copied), 200, 'the copied cookies open it');
  t.equal(await visit(context, src), 200);

  const answered = page.waitForResponse((it) => new URL(it.url()).pathname === '/auth/logout');
  const isBack = signOutOnPage(page, stack.appOrigin);
  await answered;
  // The app host tells the edge before it answers. It waits for the edge for two seconds, which may be too short on a
  // busy machine.
  await comesTo(
    t,
    () => replay(stack, src, copied),
    403,
    'refused at the edge, with the cookies copied before',
  );
  await isBack;
  await other.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  await comesTo(t, () => other.getByAltText('a.png').count(), 0, 'the other tab shows it');
  t.equal(await visit(context, src), 403, 'a direct visit shows nothing from the cache');
});

t.test('the back button after a sign-out', async (t) => {
  const browser = await launchChromium(TEST_HOSTS, { backForwardCache: true });
  t.teardown(() => browser.close());
  const page = await (await newProfile(browser)).newPage();
  /** The state of each page when it comes up again, and whether it is the page that was left. */
  const shown: { isKept: boolean; images: number }[] = [];
  await page.exposeFunction('note', (each: { isKept: boolean; images: number }) => shown.push(each));
  await page.addInitScript(`addEventListener('pageshow', ({ persisted }) =>
      note({ isKept: persisted, images: document.querySelectorAll('img[alt="a.png"]').length }))`);
  await signInOnPage(page, stack.appOrigin, 'erin');
  await uploadOnPage(page, 'a.png', PIXEL);
  await signOutOnPage(page, stack.appOrigin);
  shown.length = 0;
  await page.goBack();
  await page.getByRole('link', { name: 'Sign in', exact: true }).waitFor();
  await until(() => shown.length, atLeast(1));
  t.strictSame(shown, [{ isKept: false, images: 0 }]);
});

t.test('one after the other in the same profile', async (t) => {
  const profile = temporaryDirectory(t);
  let context = await launchProfile(profile, TEST_HOSTS);
  t.teardown(() => context.close());
  let page = await context.newPage();
  await signInOnPage(page, stack.appOrigin, 'frank');
  const src = await uploadOnPage(page, 'a.png', PIXEL);
  t.equal(await visit(context, src), 200);
  await signOutOnPage(page, stack.appOrigin);

  for (const isReopened of [false, true]) {
    if (isReopened) {
      await signOutOnPage(page, stack.appOrigin);
      await context.close();
      context = await launchProfile(profile, TEST_HOSTS);
      page = await context.newPage();
    }
    const when = isReopened ? 'after the browser was closed and opened again' : 'at once';
    await signInOnPage(page, stack.appOrigin, 'bob');
    const folders = (await context.cookies()).filter(({ name }) => name.startsWith('CloudFront-'));
    t.ok(folders.length > 0, 'bob has CloudFront cookies');
    t.notOk(
      folders.some(({ path }) => new URL(src).pathname.startsWith(path)),
      `no cookie of frank is left, ${when}`,
    );
    t.equal(await visit(context, src), 403, `his picture is refused to bob, ${when}`);
    t.not(await decodes(page, src), true, `his picture is not shown in a page of the app, ${when}`);
  }
});

t.test('closed and opened again, still signed in', async (t) => {
  const profile = temporaryDirectory(t);
  let context = await launchProfile(profile, TEST_HOSTS);
  t.teardown(() => context.close());
  let page = await context.newPage();
  await signInOnPage(page, stack.appOrigin, 'dave');
  const src = await uploadOnPage(page, 'a.png', PIXEL);
  await context.close();
  context = await launchProfile(profile, TEST_HOSTS);
  t.notOk((await context.cookies()).some(({ name }) => name.startsWith('CloudFront-')));
  page = await context.newPage();
  await Promise.all([page.waitForResponse(/\/auth\/refresh$/), page.goto(stack.appOrigin)]);
  t.equal(await visit(context, src), 200, 'the cookies are renewed, though no picture has failed');
  await waitUntil(page, `${pictureOf('a.png')}?.naturalWidth > 0`);
});

function decodes(page: Page, url: string): Promise<boolean> {
  return page.evaluate<boolean>(
    `Object.assign(new Image(), { src: ${JSON.stringify(url)} }).decode().then(() => true, () => false)`,
  );
}
