import type { Locator, Page } from 'playwright-core';

/** What is shown of the files and folders. */
export function cards(page: Page): Locator {
  return page.getByRole('list', { name: 'Files', exact: true }).getByRole('listitem');
}

/** The link of a file, in the list of its folder. */
export function fileLink(page: Page, name: string): Locator {
  return page.getByRole('link', { name: name.split('/').at(-1) ?? '', exact: true });
}

/** Chooses an action in the menu of a file, or of a folder by its path. */
export async function act(page: Page, name: string, action: string): Promise<void> {
  const card = page.locator(`#gallery [data-${name.endsWith('/') ? 'folder' : 'name'}="${name}"]`);
  await card.hover();
  await card.locator('.more').click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

/** Opens the menu of the account, and signs out. */
export async function signOut(page: Page): Promise<void> {
  await page.locator('#account-button').click();
  await page.locator('#sign-out').click();
}

/** Opens the list of browsers that are signed in. */
export async function openSessions(page: Page): Promise<void> {
  await page.locator('#account-button').click();
  await page.locator('#security-open').click();
  await page.getByRole('dialog').waitFor();
}

/** Opens the list of all that is shared. */
export async function openShared(page: Page): Promise<void> {
  await page.locator('#to-shared').click();
  await page.locator('#shared').waitFor();
}

/** Opens the panel of the demonstration. */
export async function openDemo(page: Page): Promise<void> {
  await page.locator('#demo-pill').click();
  await page.locator('#demo-panel').waitFor();
}

/** What is shown of one file, or of one folder by its path. */
export function card(page: Page, name: string): Locator {
  const label = name.endsWith('/') ? `Folder ${name.slice(0, -1).split('/').at(-1)}` : name.split('/').at(-1);
  return cards(page).filter({ has: page.getByRole('link', { name: label ?? '', exact: true }) });
}

/** The entries of a list. */
export function items(page: Page, list: string): Locator {
  return page.getByRole('list', { name: list, exact: true }).getByRole('listitem');
}

export async function press(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
}

/** Says yes to the question that the page asks. */
export async function confirm(page: Page): Promise<void> {
  const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
  const question = page.getByRole('dialog').filter({ has: cancel });
  await question.last().getByRole('button').last().click();
}

/** Chooses files to upload, as with the browser's own dialog. */
export async function choose(page: Page, ...files: ChosenFile[]): Promise<void> {
  await page.getByLabel('Choose files', { exact: true }).setInputFiles(files);
}

interface ChosenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}
