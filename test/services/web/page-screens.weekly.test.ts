// Weekly, because a person has to look at its pictures, in `test-results/screenshots/`: each screen that the tour of the
// whole stack does not pass, in light, in dark and on a phone. Last result: 2026-11-29, 57 pictures, axe 0, looked at.
import type { Page } from 'playwright-core';
import t from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { drawPng } from '../../support/drawn-picture.ts';
import { axeViolations, resize, screenshotPath } from '../../support/page-look.ts';
import { act, openSessions } from './acts.ts';
import { openFiles } from './open-page.ts';

t.setTimeout(900_000);

const browser = await launchShell(t);
const DESKTOP = { width: 1_280, height: 900 };
const PHONE = { width: 390, height: 844 };
const LOOKS = [
  ['', 'light', DESKTOP],
  ['-dark', 'dark', DESKTOP],
  ['-phone', 'light', PHONE],
] as const;

const text = (words: string, type = 'text/plain') => ({ type, bytes: Buffer.from(words) });
const MARKDOWN = '# Packing list\n\n- tent\n- **lamp**\n\n[map](https://example.com)\n\n```\nx = 1\n```\n';

/** What leads to a screen from the files of the user, and what leads back. */
const SCREENS: Record<string, (page: Page) => Promise<unknown>> = {
  photos: (page) => page.click('#to-photos'),
  list: (page) => page.click('#look'),
  'no-match': (page) => page.fill('#search', 'nothing'),
  new: (page) => page.click('#new'),
  account: (page) => page.click('#account-button'),
  security: openSessions,
  menu: (page) => page.locator('[data-name="hill 1.png"]').click({ button: 'right' }),
  'menu-folder': (page) => page.locator('[data-folder="trips/"]').click({ button: 'right' }),
  rename: (page) => act(page, 'hill 1.png', 'Rename'),
  move: (page) => act(page, 'hill 1.png', 'Move'),
  versions: (page) => act(page, 'hill 1.png', 'Versions'),
  'share-folder': (page) => act(page, 'trips/', 'Share'),
  trash: async (page) => {
    await act(page, 'hill 2.png', 'Delete');
    await page.getByText('hill 2.png is in the trash.').waitFor();
    await page.click('#trash-open');
    await page.locator('dialog[open] li').waitFor();
  },
  details: async (page) => {
    await page.locator('[data-name="hill 1.png"] .name').click();
    await page.locator('#lightbox[open]').waitFor();
    await page.keyboard.press('i');
  },
  ...Object.fromEntries(
    ['notes.txt', 'list.md', 'table.csv', 'data.json'].map((name) => [
      name.replace('.', '-'),
      async (page: Page) => {
        await page.locator(`[data-name="${name}"] .name`).click();
        await page.locator('#lightbox[open] .paper').waitFor();
      },
    ]),
  ),
  conflicts: async (page) => {
    const buffer = await drawPng(page, 90);
    const files = ['hill 1.png', 'hill 3.png'].map((name) => ({ name, mimeType: 'image/png', buffer }));
    await page.setInputFiles('#file-input', files);
    await page.locator('#conflict[open]').waitFor();
  },
};

const { page, origins, store } = await openFiles(t, browser, []);
const pictures: Buffer[] = [];
for (let index = 0; index < 6; index++) pictures.push(await drawPng(page, index * 60));
const others = {
  'trips/Japan/map.txt': text('map'),
  'notes.txt': text('Bring the tent.\nCall Ann.'),
  'list.md': text(MARKDOWN, 'text/markdown'),
  'table.csv': text('name,size\ntent,2\nlamp,"1, small"\n', 'text/csv'),
  'data.json': text('{"a":[1,true,null],"b":"c"}', 'application/json'),
  'invoice.pdf': text('%PDF-1.4', 'application/pdf'),
};
for (const [name, { type, bytes }] of Object.entries(others)) store(name, type, bytes);

for (const [screen, open] of Object.entries(SCREENS)) {
  t.test(screen, async (t) => {
    for (const [suffix, colorScheme, viewport] of LOOKS) {
      for (const [index, bytes] of [...pictures, ...pictures].entries()) {
        const at = new Date(Date.UTC(2026, 10 - (index % 3), 20 - index)).toISOString();
        store(`hill ${index}.png`, 'image/png', bytes, at);
      }
      await page.evaluate('localStorage.clear()');
      await page.goto('about:blank');
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await resize(page, viewport);
      await page.goto(origins.app);
      await page.locator('#gallery li').first().waitFor();
      await open(page);
      await page.waitForLoadState('networkidle');
      t.strictSame(await axeViolations(page), [], `axe: ${suffix}`);
      await page.screenshot({ path: screenshotPath(`screen-${screen}${suffix}`) });
    }
  });
}
