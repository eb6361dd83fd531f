import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { act, openDemo, openShared, signOut } from '../services/web/acts.ts';
import { comesTo, openPage, waitUntil } from '../services/web/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { drawPng } from '../support/drawn-picture.ts';
import { axeViolations, resize, screenshotPath } from '../support/page-look.ts';
import { startTestStack } from '../support/test-stack.ts';
import { endLink, makeLink } from './support/links.ts';
import { signInOnPage, uploadOnPage } from './support/places.ts';
import { makeTeam, openProfile } from './support/teams.ts';

const DECODED = (count: number) =>
  `[...document.querySelectorAll('#gallery img')].filter((img) => img.complete && img.naturalWidth > 0).length === ${count}`;
const NAMES = `[...document.querySelectorAll('#gallery li')].map((item) => item.dataset.name)`;
const DESKTOP = { width: 1280, height: 900 };
const TABLET = { width: 768, height: 1_000 };
const PHONE = { width: 320, height: 640 };

const LOOKS: [suffix: string, colorScheme: 'light' | 'dark', viewport: typeof DESKTOP][] = [
  ['', 'light', DESKTOP],
  ['-dark', 'dark', DESKTOP],
  ['-tablet-dark', 'dark', TABLET],
  ['-phone', 'light', PHONE],
];

/**
 * Checks a state of the page: in light and dark, at three widths, without a complaint of axe. Takes a picture of each.
 */
async function look(
  t: Test,
  page: Page,
  name: string,
  { fullPage = false, looks = LOOKS } = {},
): Promise<void> {
  for (const [suffix, colorScheme, viewport] of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await resize(page, viewport);
    t.strictSame(await axeViolations(page), [], `axe: ${name}${suffix}`);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    await comesTo(t, () => page.evaluate(overflow), 0, `${name}${suffix}: nothing sticks out sideways`);
    await page.screenshot({ path: screenshotPath(`${name}${suffix}`), fullPage });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await resize(page, DESKTOP);
}

t.test('the main states of the page, against the whole local stack', async (t) => {
  const stack = await startTestStack(t);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  const { page, complaints } = await openPage(browser, { viewport: DESKTOP });
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const paths: string[] = [];
  page.on('request', (request) => paths.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const choose = (...files: { name: string; mimeType: string; buffer: Buffer }[]) =>
    page.setInputFiles('#file-input', files);

  await page.goto(stack.appOrigin);
  await openDemo(page);
  await page.getByText('Image bytes through the service: 0 B').waitFor();
  await look(t, page, 'demonstration');
  await page.keyboard.press('Escape');
  await look(t, page, 'signed-out');

  await openDemo(page);
  await page.getByRole('button', { name: 'Be Alice' }).click();
  await page.getByText('alice', { exact: true }).waitFor();
  await page.locator('#empty').waitFor();
  await look(t, page, 'empty');

  const names = ['hills.png', 'lake.png', 'moor.png', 'north.png', 'sunset.png', '写真.png'];
  const hues = [130, 180, 60, 260, 20, 205];
  for (const [index, name] of names.entries()) {
    await choose({ name, mimeType: 'image/png', buffer: await drawPng(page, hues[index] ?? 0) });
  }
  await choose({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') });
  await choose({ name: '請求書.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') });
  await page.locator('#gallery [data-name="請求書.pdf"] .badge').waitFor();
  await waitUntil(page, DECODED(6));
  await openDemo(page);
  await page.getByText(/Images from the edge: 6. Image bytes through the service: 0 B/).waitFor();
  await page.keyboard.press('Escape');
  await look(t, page, 'gallery');

  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const throttle = (uploadThroughput: number) =>
    network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await throttle(600_000);
  /** The files are made in the browser, because sending so many bytes to it is slow. */
  const drop = (names: string[], size: number) =>
    page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      for (const name of ${JSON.stringify(names)}) {
        dataTransfer.items.add(new File([new Uint8Array(${size})], name, { type: 'video/mp4' }));
      }
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    })()`);
  await drop(['a film.mp4', 'another film.mp4', 'third film.mp4', 'last film.mp4'], 15_000_000);
  await waitUntil(page, `document.querySelector('#uploads progress')?.value > 0.2`);
  await look(t, page, 'upload');
  for (const name of ['last film.mp4', 'third film.mp4', 'another film.mp4', 'a film.mp4']) {
    await page.getByRole('button', { name: `Cancel the upload of ${name}` }).click();
  }
  await waitUntil(page, `document.querySelectorAll('#uploads li').length === 0`);
  await throttle(-1);
  await drop(['long film.mp4'], 17_000_000);
  await page.locator('#gallery [data-name="long film.mp4"]').waitFor({ timeout: 120_000 });
  await comesTo(
    t,
    async () => (await page.evaluate<string[]>(NAMES)).filter((name) => name.endsWith('.mp4')),
    ['long film.mp4'],
    'the cancelled file is not there',
  );
  t.ok(
    paths.some((path) => /^POST \/api\/uploads\/[^/]+\/complete$/.test(path)),
    'above 16 MB it goes in parts',
  );

  // A name with right-to-left text hides its ending.
  const unusable = 'a\u202egnp.exe';
  await choose({ name: unusable, mimeType: 'application/x-msdownload', buffer: Buffer.from('MZ') });
  await page.getByText('This name cannot be used').first().waitFor();
  await look(t, page, 'error');
  await page.getByRole('button', { name: `Dismiss: ${unusable}` }).click();

  await page.getByRole('checkbox', { name: 'Select lake.png' }).check();
  await page.getByRole('checkbox', { name: 'Select sunset.png' }).click({ modifiers: ['Shift'] });
  await look(t, page, 'selection');
  await page.getByRole('button', { name: 'Clear' }).click();

  await page.locator('#gallery [data-name="sunset.png"] .name').click();
  await waitUntil(page, `document.querySelector('#lightbox img:not(.early)')?.naturalWidth > 0`);
  await comesTo(t, () => page.evaluate('location.href'), `${stack.appOrigin}/#/sunset.png`);
  await look(t, page, 'lightbox');
  await page.keyboard.press('Escape');
  await page.locator('#lightbox').waitFor({ state: 'hidden' });
  await page.locator('#gallery [data-name="notes.txt"] .name').click();
  await page.locator('#lightbox .paper').getByText('notes').waitFor();
  await page.goBack();
  await page.locator('#lightbox').waitFor({ state: 'hidden' });
  const long = Buffer.from('a line of a long text\n'.repeat(50_000));
  await choose({ name: 'long.txt', mimeType: 'text/plain', buffer: long });
  await page.locator('#gallery [data-name="long.txt"] .name').click();
  // The edge lets only the app's own page show a long text or a PDF in a frame.
  await page.frameLocator('#lightbox iframe').getByText('a line of a long text').waitFor();
  await page.goBack();
  await page.locator('#lightbox').waitFor({ state: 'hidden' });

  await page.getByRole('button', { name: 'Share sunset.png' }).click();
  await page.locator('#share[open]').waitFor();
  await look(t, page, 'share');
  await page.getByRole('button', { name: 'Create link' }).click();
  await page.locator('#share-url').waitFor();
  t.match(await page.textContent('#share-countdown'), /^(30:00|29:\d\d) left$/);
  const url = await page.inputValue('#share-url');
  const guest = await openProfile(t, browser);
  await guest.page.goto(url);
  await guest.page.getByRole('heading', { name: 'sunset.png' }).waitFor();
  await waitUntil(guest.page, `document.querySelector('#shared-stage img')?.naturalWidth > 1`);
  await look(t, guest.page, 'share-page');
  await page.locator('#share-copy').click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  t.equal(await page.evaluate('navigator.clipboard.readText()'), url);
  await look(t, page, 'share-link');
  await page.getByRole('button', { name: 'Done' }).click();
  await openShared(page);
  await page.locator('#shares li').waitFor();
  await look(t, page, 'shared', { fullPage: true });
  await page.getByRole('button', { name: 'Revoke the link to sunset.png' }).click();
  await page.getByText('opens nothing any more').waitFor();
  await guest.page.reload();
  await guest.page.getByRole('heading', { name: 'This link has ended' }).waitFor();
  await look(t, guest.page, 'share-ended');
  t.strictSame(guest.complaints, []);
  await comesTo(t, () => page.locator('#shares li').count(), 0);
  await page.locator('#to-files').click();

  await act(page, 'moor.png', 'Delete');
  await page.getByText('moor.png is in the trash.').waitFor();
  await look(t, page, 'delete');
  await waitUntil(page, DECODED(5));

  await openDemo(page);
  await page.getByRole('button', { name: 'Try to break in' }).click();
  await page.getByText('29 of 29 attacks refused').waitFor();
  await look(t, page, 'break-in');
  await page.getByRole('button', { name: 'Close' }).click();

  await openDemo(page);
  await page.getByRole('button', { name: 'Be Bob' }).click();
  await page.getByText('bob', { exact: true }).waitFor();
  await page.locator('#empty').waitFor();
  const ofFiles = (await page.context().cookies()).filter(({ name }) => name.startsWith('CloudFront-'));
  t.equal(new Set(ofFiles.map(({ path }) => path)).size, 1, 'no cookie of alice is left');

  await signOut(page);
  await page.locator('#sign-in').waitFor();
  await openDemo(page);
  await page.getByText(/refused a copy of its cookies after \d+ ms \(revoked\)/).waitFor();
  await look(t, page, 'after-sign-out');
  const asked = paths.filter((path) => path === 'POST /demo/state').length;
  t.ok(asked <= 40, `the strip asks when an image has come, and not again and again: ${asked}`);
  t.strictSame(complaints, []);
});

t.test('the states of a team, in both languages', async (t) => {
  const stack = await startTestStack(t);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  for (const [locale, end, name] of [
    ['en-US', '', 'Holiday photos'],
    ['ja-JP', '-ja', '夏休みの写真'],
  ] as const) {
    const seeIn = (page: Page, state: string) =>
      look(t, page, `team-${state}${end}`, {
        looks: LOOKS.filter(([suffix]) => /^-dark|-phone$/.test(suffix)),
      });
    const alice = await openProfile(t, browser, locale);
    const bob = await openProfile(t, browser, locale);
    await signInOnPage(alice.page, stack.appOrigin, `alice${end}`);
    await alice.page.click('#team-new');
    await seeIn(alice.page, 'name');
    await alice.page.click('#team-name-cancel');
    await makeTeam(alice.page, name);
    await seeIn(alice.page, 'empty');
    await uploadOnPage(alice.page, 'sunset.png', await drawPng(alice.page, 20));
    await uploadOnPage(alice.page, 'lake.png', await drawPng(alice.page, 180));
    await alice.page.click('#people-open');
    await alice.page.locator('#members li').waitFor();
    await alice.page.selectOption('#invite-role', 'viewer');
    await alice.page.click('#invite-create');
    await alice.page.locator('#invite-link').waitFor();
    const url = await alice.page.inputValue('#invite-url');
    await seeIn(alice.page, 'people');

    await alice.page.click('#people-close');
    await alice.page.click('#links-open');
    await seeIn(alice.page, 'links-none');
    await alice.page.fill('#links-name', name);
    await alice.page.fill('#links-password', 'secret');
    await alice.page.click('#links-create');
    await alice.page.locator('#links-list li').waitFor();
    await alice.page.selectOption('#links-role', 'uploader');
    await alice.page.fill('#links-name', '');
    await alice.page.click('#links-create');
    await alice.page.locator('#links-list li').nth(1).waitFor();
    await seeIn(alice.page, 'links');
    await alice.page.locator('#links-list li:first-child button').first().click();
    await seeIn(alice.page, 'link-change');
    await alice.page.click('#link-change-cancel');
    await alice.page.click('#links-close');
    await alice.page.locator('#gallery a.name').first().focus();
    await alice.page.keyboard.press('Control+a');
    await alice.page.click('#share-selected');
    await alice.page.click('#share-create');
    await alice.page.locator('#share-url').waitFor();
    await seeIn(alice.page, 'share-many');
    await alice.page.click('#share-close');
    await alice.page.click('#clear-selection');
    await alice.page.click('#people-open');
    await alice.page.locator('#members li').waitFor();

    await bob.page.goto(url);
    await bob.page.locator('#sign-in').waitFor();
    await seeIn(bob.page, 'invited');
    await signInOnPage(bob.page, stack.appOrigin, `bob${end}`);
    await bob.page.locator('#gallery li').nth(1).waitFor();
    await seeIn(bob.page, 'viewer');
    await bob.page.click('#people-open');
    await bob.page.locator('#members li').nth(1).waitFor();
    await seeIn(bob.page, 'members');
    await bob.page.click('#people-close');
    await bob.page.goto('about:blank');
    await bob.page.goto(url);
    await bob.page.locator('#join[open]').waitFor();
    await seeIn(bob.page, 'join');
    await bob.page.click('#join-cancel');
    await makeTeam(bob.page, `${name} 2`);
    await bob.page.locator('#switch-list li').nth(1).waitFor();
    await seeIn(bob.page, 'menu');
    await bob.page.locator('#switch-list a').first().click();
    await bob.page.locator('#gallery li').nth(1).waitFor();

    await alice.page.click('#people-close');
    await alice.page.click('#people-open');
    await alice.page.locator('#members li').nth(1).waitFor();
    await alice.page.locator('#members li:nth-child(2) button').click();
    await seeIn(alice.page, 'remove');
    await alice.page.click('#confirm-action');
    await alice.page
      .locator('#people-status')
      .filter({ hasText: `bob${end}` })
      .waitFor();
    await bob.page.locator('#gallery a.name').first().click();
    await bob.page.locator('#notice').filter({ hasText: name }).waitFor();
    await seeIn(bob.page, 'left');
    t.strictSame([...alice.complaints, ...bob.complaints], [], locale);
  }
});

t.test('the states of a link, in both languages', async (t) => {
  const stack = await startTestStack(t);
  const browser = await launchChromium();
  t.teardown(() => browser.close());
  for (const [locale, end, name] of [
    ['en-US', '', 'Holiday photos'],
    ['ja-JP', '-ja', '夏休みの写真'],
  ] as const) {
    const alice = await openProfile(t, browser, locale);
    const guest = await openProfile(t, browser, locale);
    const seeIt = (state: string) =>
      look(t, guest.page, `link-${state}${end}`, {
        looks: LOOKS.filter(([suffix]) => /^-dark|-phone$/.test(suffix)),
      });
    await signInOnPage(alice.page, stack.appOrigin, `alice${end}`);
    await makeTeam(alice.page, name);
    await uploadOnPage(alice.page, 'sunset.png', await drawPng(alice.page, 20));
    await uploadOnPage(alice.page, 'lake.png', await drawPng(alice.page, 180));
    const team = /[a-z2-7]{26}/.exec(alice.page.url())?.[0] ?? '';
    const view = await makeLink(alice.page, team, { role: 'viewer', password: 'sesame' });
    const send = await makeLink(alice.page, team, { role: 'uploader', maxFiles: 2 });

    await guest.page.goto(view.url);
    await guest.page.locator('#guest-password-field').waitFor();
    await guest.page.fill('#guest-password-field', 'wrong');
    await guest.page.keyboard.press('Enter');
    await guest.page.locator('#guest-trouble:not(:empty)').waitFor();
    await seeIt('password');
    await guest.page.fill('#guest-password-field', 'sesame');
    await guest.page.keyboard.press('Enter');
    await waitUntil(guest.page, DECODED(2));
    await seeIt('gallery');
    await guest.page.locator('#gallery a.name').first().click();
    await waitUntil(guest.page, `document.querySelector('#lightbox img:not(.early)')?.naturalWidth > 0`);
    await seeIt('lightbox');
    await endLink(alice.page, team, view.id);
    await guest.page.keyboard.press('ArrowRight');
    await guest.page.reload();
    await guest.page.locator('#guest-title').waitFor();
    await seeIt('over');

    await guest.page.goto('about:blank');
    await guest.page.goto(send.url);
    await guest.page.locator('#heading.shown').waitFor();
    await seeIt('send');
    for (const content of ['one', 'another', 'one more']) {
      const buffer = Buffer.from(content);
      await guest.page.setInputFiles('#file-input', { name: 'letter.txt', mimeType: 'text/plain', buffer });
      const isThere = `document.querySelectorAll('#sent-files li, #failures li').length`;
      await waitUntil(guest.page, `${isThere} === ${['one', 'another', 'one more'].indexOf(content) + 1}`);
    }
    await seeIt('sent');
    t.strictSame([...alice.complaints, ...guest.complaints], [], locale);
  }
});
