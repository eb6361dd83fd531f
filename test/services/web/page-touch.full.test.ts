import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { card, choose, fileLink, openSessions, openShared, press } from './acts.ts';
import { PIXEL, waitUntil } from './browser.ts';
import { openFiles } from './open-page.ts';

const browser = await launchShell(t);

const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

/**
 * The area of each visible control that a finger can hit, if it is smaller than 44 px, or cut off by its card. A label
 * counts as its box.
 */
const TOO_SMALL = `[...document.querySelectorAll('a[href], button, input, select, textarea')].flatMap((control) => {
  if (!control.checkVisibility({ visibilityProperty: true })) return [];
  const open = document.querySelector('dialog[open], [popover]:popover-open');
  if (open && !open.contains(control)) return [];
  const target = control.closest('label') ?? control;
  // The link of a card is the whole card.
  const { left, right, width, height } = (control.matches('li .name') ? control.closest('li') : target).getBoundingClientRect();
  const frame = (control.closest('#gallery li') ?? document.documentElement).getBoundingClientRect();
  const isCut = left < frame.left - 0.5 || right > frame.right + 0.5;
  if (width >= 43.9 && height >= 43.9 && !isCut) return [];
  return [(control.id || control.ariaLabel || control.textContent) + ' ' + Math.round(width) + ' × ' + Math.round(height) + (isCut ? ' cut' : '')];
})`;

async function isTouchable(t: Test, page: Page, state: string): Promise<void> {
  t.strictSame(await page.evaluate<string[]>(TOO_SMALL), [], state);
}

t.test('every target is 44 px on a phone', async (t) => {
  const names = ['a.png', 'b.png', 'folder/c.png', 'a/b.png'];
  const { page, state, origins, operations } = await openFiles(t, browser, names, PHONE);
  state.sessions = [true, false].map((current) => ({
    ...{ id: `${current}`, current, createdAt: '2026-11-26T08:00:00.000Z' },
    lastUsedAt: '2026-11-26T08:00:00.000Z',
  }));
  await isTouchable(t, page, 'the gallery');
  await page.goto(`${origins.app}/#/folder/`);
  await card(page, 'folder/c.png').waitFor();
  await isTouchable(t, page, 'a folder');
  await page.goto(`${origins.app}/#`);
  await card(page, 'a.png').locator('.pick').click();
  await page.locator('#selection').waitFor();
  await isTouchable(t, page, 'a selection');
  await page.locator('#clear-selection').click();
  await fileLink(page, 'a.png').click();
  await page.getByRole('dialog').waitFor();
  await isTouchable(t, page, 'the lightbox');
  await page.locator('#lightbox-share').click();
  await page.locator('#share[open]').waitFor();
  await page.evaluate(`document.querySelector('#lightbox').close()`);
  await isTouchable(t, page, 'the dialog of a link');
  await press(page, 'Create link');
  await page.locator('#share-url').waitFor();
  await isTouchable(t, page, 'a link');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^(Done|Cancel)$/ })
    .click();
  await page.evaluate(`document.querySelector('#lightbox').close()`);
  await openShared(page);
  await page.locator('#shares li').waitFor();
  await isTouchable(t, page, 'what is shared');
  await openSessions(page);
  await page.locator('#sessions button').waitFor();
  await isTouchable(t, page, 'sessions');
  await page.getByRole('dialog').getByRole('button', { name: 'Done', exact: true }).click();
  for (const menu of ['new', 'account-button']) {
    await page.locator(`#${menu}`).click();
    await isTouchable(t, page, menu);
    await page.keyboard.press('Escape');
  }
  await page.getByRole('link', { name: 'Files', exact: true }).click();
  await page.locator('#look').click();
  await isTouchable(t, page, 'the list');
  await page.locator('#look').click();
  await card(page, 'a.png').locator('.more').click();
  await isTouchable(t, page, 'the menu of a file');
  operations.state.keeps = false;
  await page.locator('#menu button').last().click();
  await page.locator('#confirm[open]').waitFor();
  await isTouchable(t, page, 'a question');
  await page.keyboard.press('Escape');
  await page.locator('#confirm').waitFor({ state: 'hidden' });
  const files = ['a.png', 'b.png'].map((name) => ({ name, mimeType: 'image/png', buffer: PIXEL }));
  await choose(page, ...files);
  await page.locator('#conflict[open]').waitFor();
  await isTouchable(t, page, 'a name that is taken');
  await page.locator('#conflict-all').selectOption('skip');
  await page.locator('#conflict button[value="go"]').click();
  await page.locator('#conflict').waitFor({ state: 'hidden' });
  state.faults.set('POST /api/uploads', [
    [500, 'x'],
    [413, 'file_too_large'],
  ]);
  const failing = ['x.png', 'y.png'].map((name) => ({ name, mimeType: 'image/png', buffer: PIXEL }));
  await choose(page, ...failing);
  await waitUntil(page, `document.querySelectorAll('#failures li').length === 2`);
  await isTouchable(t, page, 'the tray');
});

t.test('nothing moves where the person wants less motion', async (t) => {
  const { page, state } = await openFiles(t, browser, ['a.png'], { reducedMotion: 'reduce' });
  let open = () => {};
  state.s3Gate = new Promise((resolve) => {
    open = resolve;
  });
  await choose(page, { name: 'x.png', mimeType: 'image/png', buffer: PIXEL });
  await page.locator('#uploads progress').waitFor();
  const moving = () =>
    page.evaluate<string[]>(`[...document.querySelectorAll('*')].flatMap((element) =>
      [null, '::before', '::after', '::-webkit-progress-value'].flatMap((part) => {
        const { transitionDuration, animationDuration } = getComputedStyle(element, part);
        return [transitionDuration, animationDuration].every((each) => /^(0s|auto)$/.test(each))
          ? []
          : [element.tagName + '#' + element.id + (part ?? '')];
      }))`);
  t.strictSame(await moving(), []);
  t.equal(await page.evaluate('document.getAnimations().length'), 0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  t.ok((await moving()).length > 0, 'what moves otherwise is seen');
  open();
});
