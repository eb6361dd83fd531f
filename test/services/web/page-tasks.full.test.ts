import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { launchShell } from '../../support/chromium.ts';
import { card, cards, fileLink, isFocused, namesOf, path } from './acts.ts';
import { comesTo, PIXEL } from './browser.ts';
import { openFiles } from './open-page.ts';

const browser = await launchShell(t);

/** How a person uses the page. */
interface Way {
  options: BrowserContextOptions;
  use(control: Locator): Promise<void>;
  /** Puts words into a field. */
  write(field: Locator, words: string): Promise<void>;
  /** Chooses what a list has at an index. */
  pick(list: Locator, index: number): Promise<void>;
  open(page: Page, name: string): Promise<void>;
  select(page: Page, name: string): Promise<void>;
  openMenu(page: Page, name: string): Promise<void>;
}

/** Goes to a control by keys: by the arrows in a menu, by Tab elsewhere. */
async function reach(control: Locator): Promise<void> {
  const page = control.page();
  await control.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await isFocused(control)) return;
    const isInMenu = (await page.locator(':popover-open :focus').count()) > 0;
    await page.keyboard.press(isInMenu ? 'ArrowDown' : 'Tab');
  }
  throw new Error(`no key leads to ${control}`);
}

/** Goes to a file by keys: past the rest of the page, and then by arrows. */
async function reachFile(page: Page, name: string): Promise<void> {
  if ((await cards(page).locator(':focus').count()) === 0) {
    await reach(page.getByRole('button', { name: 'Skip to the files' }));
    await page.keyboard.press('Enter');
  }
  await page.keyboard.press('Home');
  const link = fileLink(page, name);
  for (let presses = 0; presses < 10 && !(await isFocused(link)); presses++)
    await page.keyboard.press('ArrowRight');
  if (!(await isFocused(link))) throw new Error(`no arrow leads to ${name}`);
}

const KEYBOARD: Way = {
  options: {},
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

const POINTER: Omit<Way, 'options' | 'use'> = {
  write: (field, words) => field.fill(words),
  async pick(list, index) {
    await list.selectOption({ index });
  },
  open: (page, name) => fileLink(page, name).click(),
  async select(page, name) {
    await card(page, name).hover();
    await card(page, name).getByRole('checkbox').check();
  },
  async openMenu(page, name) {
    await fileLink(page, name).click({ button: 'right' });
  },
};

const TOUCH: Way = {
  ...POINTER,
  options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  use: (control) => control.tap(),
  async write(field, words) {
    await field.tap();
    await field.fill(words);
  },
  open: (page, name) => fileLink(page, name).tap(),
  select: (page, name) => page.getByRole('checkbox', { name: `Select ${name}` }).tap(),
  openMenu: (page, name) => page.getByRole('button', { name: `More for ${name}` }).tap(),
};

type Task = (t: Test, page: Page, way: Way) => Promise<void>;

const FILES = ['a.png', 'b.png', 'c.png', 'trip/d.png'];

/** Opens a menu's entry of a file. */
async function choose(page: Page, way: Way, name: string, action: string): Promise<void> {
  await way.openMenu(page, name);
  await way.use(page.getByRole('menuitem', { name: action, exact: true }));
}

const TASKS: Record<string, Task> = {
  async 'looks at a picture, and at the next one'(_t, page, way) {
    await way.open(page, 'a.png');
    await page.getByRole('dialog').waitFor();
    await way.use(page.getByRole('button', { name: 'Next' }));
    await page.getByRole('dialog').getByRole('heading', { name: 'b.png' }).waitFor();
    await way.use(page.getByRole('button', { name: 'Close' }));
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  },
  async 'uploads a file'(_t, page, way) {
    const asked = page.waitForEvent('filechooser');
    await way.use(page.getByRole('button', { name: 'New', exact: true }));
    await way.use(page.getByRole('button', { name: 'Upload files' }));
    await (await asked).setFiles({ name: 'new.png', mimeType: 'image/png', buffer: PIXEL });
    await page.getByText('new.png is uploaded.').waitFor();
    await card(page, 'new.png').waitFor();
  },
  async 'makes a folder'(t, page, way) {
    await way.use(page.getByRole('button', { name: 'New', exact: true }));
    await way.use(page.getByRole('button', { name: 'New folder', exact: true }));
    await way.write(page.getByLabel('Name of the folder'), 'Plans');
    await way.use(page.getByRole('button', { name: 'Create' }));
    await comesTo(t, () => path(page), ['My files', 'Plans']);
  },
  async 'moves a file into a folder'(t, page, way) {
    await choose(page, way, 'a.png', 'Move');
    await way.use(page.getByRole('button', { name: 'trip', exact: true }));
    await way.use(page.getByRole('button', { name: 'Move here' }));
    await comesTo(t, () => namesOf(page), ['trip', 'b.png', 'c.png']);
  },
  async 'gives a file another name'(_t, page, way) {
    await choose(page, way, 'a.png', 'Rename');
    await way.write(page.getByLabel('New name'), 'lake.png');
    await way.use(page.getByRole('dialog').getByRole('button', { name: 'Rename', exact: true }));
    await card(page, 'lake.png').waitFor();
  },
  async 'downloads two files as one archive'(t, page, way) {
    for (const name of ['a.png', 'c.png']) await way.select(page, name);
    const saving = page.waitForEvent('download');
    await way.use(page.getByRole('button', { name: 'Download', exact: true }));
    t.equal((await saving).suggestedFilename(), 'files.zip');
    await page.getByText('2 files are downloaded as files.zip.').waitFor();
  },
  async 'deletes a file, and takes that back'(_t, page, way) {
    await choose(page, way, 'b.png', 'Delete');
    await card(page, 'b.png').waitFor({ state: 'detached' });
    await way.use(page.getByRole('button', { name: 'Undo' }));
    await card(page, 'b.png').waitFor();
  },
  async 'shares a file, and copies the link'(t, page, way) {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await choose(page, way, 'a.png', 'Share');
    await way.use(page.getByRole('button', { name: 'Create link' }));
    await page.getByRole('textbox', { name: 'Link', exact: true }).waitFor();
    await way.use(page.getByRole('button', { name: 'Copy', exact: true }));
    await page.getByText('The link is in the clipboard.').waitFor();
    t.match(await page.evaluate('navigator.clipboard.readText()'), /#share=/);
  },
  async 'finds a file by its name'(t, page, way) {
    await way.write(page.getByRole('searchbox', { name: 'Search by name' }), 'd.p');
    await comesTo(t, () => namesOf(page), ['d.png']);
  },
  async 'sorts the files, and shows them as a list'(t, page, way) {
    await way.pick(page.getByRole('combobox', { name: 'Sort' }), 3);
    await comesTo(t, () => namesOf(page), ['trip', 'c.png', 'b.png', 'a.png']);
    await way.use(page.getByRole('button', { name: 'Show as a list' }));
    await page.getByRole('button', { name: 'Show as tiles' }).waitFor();
  },
};

for (const [person, way] of Object.entries({ KEYBOARD, TOUCH })) {
  for (const [what, task] of Object.entries(TASKS)) {
    t.test(`${person.toLowerCase()}: ${what}`, async (t) => {
      const { page, complaints } = await openFiles(t, browser, FILES, way.options);
      await task(t, page, way);
      t.strictSame(complaints, []);
    });
  }
}
