import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { fill } from '../../../services/web/page/words/language.ts';
import { MESSAGES } from '../../../services/web/page/words/messages.ts';
import { launchShell } from '../../support/chromium.ts';
import { comesTo, PIXEL, waitUntil } from './browser.ts';
import { namesOf, openFiles } from './open-page.ts';

const browser = await launchShell(t);

/** How a person uses the page. */
interface Way {
  options: BrowserContextOptions;
  /** 0 for English, 1 for Japanese. */
  language: 0 | 1;
  use(control: Locator): Promise<void>;
  /** Puts words into a field. */
  write(field: Locator, words: string): Promise<void>;
  /** Chooses what a list has at an index. */
  pick(list: Locator, index: number): Promise<void>;
  open(page: Page, name: string): Promise<void>;
  select(page: Page, name: string): Promise<void>;
  openMenu(page: Page, name: string): Promise<void>;
}

const isFocused = async (control: Locator) =>
  (await control.and(control.page().locator(':focus')).count()) > 0;

/** Goes to a control by keys: by the arrows in a menu, by Tab elsewhere. */
async function reach(control: Locator): Promise<void> {
  const page = control.page();
  await control.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await isFocused(control)) return;
    const isInMenu = await page.evaluate(`document.activeElement.closest('.menu:popover-open') !== null`);
    await page.keyboard.press(isInMenu ? 'ArrowDown' : 'Tab');
  }
  throw new Error(`no key leads to ${control}`);
}

/** Goes to a file by keys: past the rest of the page, and then by arrows. */
async function reachFile(page: Page, name: string): Promise<void> {
  if (!(await page.evaluate(`document.querySelector('#gallery').contains(document.activeElement)`))) {
    await reach(page.locator('#skip'));
    await page.keyboard.press('Enter');
  }
  await page.keyboard.press('Home');
  const link = page.locator(`[data-name="${name}"] .name`);
  for (let presses = 0; presses < 10 && !(await isFocused(link)); presses++)
    await page.keyboard.press('ArrowRight');
  if (!(await isFocused(link))) throw new Error(`no arrow leads to ${name}`);
}

const KEYBOARD: Way = {
  options: {},
  language: 0,
  async use(control) {
    await reach(control);
    await control.page().keyboard.press('Enter');
  },
  async write(field, words) {
    await reach(field);
    await field.page().keyboard.press('ControlOrMeta+a');
    await field.page().keyboard.type(words);
  },
  async pick(list, index) {
    await reach(list);
    await list.page().keyboard.press('Home');
    for (let at = 0; at < index; at++) await list.page().keyboard.press('ArrowDown');
  },
  async open(page, name) {
    await reachFile(page, name);
    await page.keyboard.press('Enter');
  },
  async select(page, name) {
    await reachFile(page, name);
    await page.keyboard.press('Space');
  },
  async openMenu(page, name) {
    await reachFile(page, name);
    await page.keyboard.press('Shift+F10');
  },
};

const card = (page: Page, name: string) => page.locator(`#gallery [data-name="${name}"]`);
const POINTER: Omit<Way, 'options' | 'language' | 'use'> = {
  write: (field, words) => field.fill(words),
  async pick(list, index) {
    await list.selectOption({ index });
  },
  open: (page, name) => card(page, name).locator('.name').click(),
  async select(page, name) {
    await card(page, name).hover();
    await card(page, name).getByRole('checkbox').check();
  },
  async openMenu(page, name) {
    await card(page, name).locator('.name').click({ button: 'right' });
  },
};

const TOUCH: Way = {
  ...POINTER,
  options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  language: 0,
  use: (control) => control.tap(),
  async write(field, words) {
    await field.tap();
    await field.fill(words);
  },
  open: (page, name) => card(page, name).locator('.name').tap(),
  select: (page, name) => card(page, name).locator('.pick').tap(),
  openMenu: (page, name) => card(page, name).locator('.more').tap(),
};

const JAPANESE: Way = {
  ...POINTER,
  options: { locale: 'ja-JP' },
  language: 1,
  use: (control) => control.click(),
};

/** A page, the words on it, and what the person does. */
type Task = (
  t: Test,
  page: Page,
  way: Way,
  say: (key: keyof typeof MESSAGES, values?: Record<string, string>) => string,
) => Promise<void>;

const FILES = ['a.png', 'b.png', 'c.png', 'trip/d.png'];

/** Opens a menu's entry of a file. */
async function choose(page: Page, way: Way, name: string, action: string): Promise<void> {
  await way.openMenu(page, name);
  await way.use(page.getByRole('menuitem', { name: action, exact: true }));
}

const TASKS: Record<string, Task> = {
  async 'looks at a picture, and at the next one'(t, page, way, say) {
    await way.open(page, 'a.png');
    await page.locator('#lightbox[open]').waitFor();
    await way.use(page.getByRole('button', { name: say('next') }));
    await comesTo(t, () => page.textContent('#lightbox-name'), 'b.png');
    await way.use(page.getByRole('button', { name: say('close') }));
    await page.locator('#lightbox').waitFor({ state: 'hidden' });
  },
  async 'uploads a file'(_t, page, way, say) {
    const asked = page.waitForEvent('filechooser');
    await way.use(page.locator('#new'));
    await way.use(page.getByRole('button', { name: say('uploadFiles') }));
    await (await asked).setFiles({ name: 'new.png', mimeType: 'image/png', buffer: PIXEL });
    await page.getByText(say('uploadedOne', { name: 'new.png' })).waitFor();
    await card(page, 'new.png').waitFor();
  },
  async 'makes a folder'(t, page, way, say) {
    await way.use(page.locator('#new'));
    await way.use(page.locator('#new-folder'));
    await way.write(page.getByLabel(say('folderName')), 'Plans');
    await way.use(page.getByRole('button', { name: say('create') }));
    await comesTo(t, () => page.locator('#path li').last().textContent(), 'Plans');
  },
  async 'moves a file into a folder'(t, page, way, say) {
    await choose(page, way, 'a.png', say('move'));
    await way.use(page.getByRole('button', { name: 'trip', exact: true }));
    await way.use(page.getByRole('button', { name: say('moveHere') }));
    await comesTo(t, () => namesOf(page), ['trip/', 'b.png', 'c.png']);
  },
  async 'gives a file another name'(_t, page, way, say) {
    await choose(page, way, 'a.png', say('rename'));
    await way.write(page.getByLabel(say('newName')), 'lake.png');
    await way.use(page.locator('dialog.operation button[type="submit"]'));
    await card(page, 'lake.png').waitFor();
  },
  async 'downloads two files as one archive'(t, page, way, say) {
    for (const name of ['a.png', 'c.png']) await way.select(page, name);
    const saving = page.waitForEvent('download');
    await way.use(page.locator('#download-selected'));
    t.equal((await saving).suggestedFilename(), 'files.zip');
    await page.getByText(say('savedMany', { count: '2', name: 'files.zip' })).waitFor();
  },
  async 'deletes a file, and takes that back'(_t, page, way, say) {
    await choose(page, way, 'b.png', say('delete'));
    await card(page, 'b.png').waitFor({ state: 'detached' });
    await way.use(page.getByRole('button', { name: say('undo') }));
    await card(page, 'b.png').waitFor();
  },
  async 'shares a file, and copies the link'(t, page, way, say) {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await choose(page, way, 'a.png', say('share'));
    await way.use(page.getByRole('button', { name: say('createLink') }));
    await page.locator('#share-url').waitFor();
    await way.use(page.locator('#share-copy'));
    await page.getByText(say('inClipboard')).waitFor();
    t.match(await page.evaluate('navigator.clipboard.readText()'), /#share=/);
  },
  async 'finds a file by its name'(t, page, way, say) {
    await way.write(page.getByRole('searchbox', { name: say('search') }), 'd.p');
    await comesTo(t, () => namesOf(page), ['trip/d.png']);
  },
  async 'sorts the files, and shows them as a list'(t, page, way, say) {
    await way.pick(page.locator('#sort'), 3);
    await comesTo(t, () => namesOf(page), ['trip/', 'c.png', 'b.png', 'a.png']);
    await way.use(page.getByRole('button', { name: say('asList') }));
    await waitUntil(page, `document.querySelector('#gallery').classList.contains('list')`);
  },
};

for (const [person, way] of Object.entries({ KEYBOARD, TOUCH, JAPANESE })) {
  const say = (key: keyof typeof MESSAGES, values = {}) => fill(MESSAGES[key][way.language], values);
  for (const [what, task] of Object.entries(TASKS)) {
    t.test(`${person.toLowerCase()}: ${what}`, async (t) => {
      const { page, complaints } = await openFiles(t, browser, FILES, way.options);
      await task(t, page, way, say);
      t.strictSame(complaints, []);
    });
  }
}
