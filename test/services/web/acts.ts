import type { Locator, Page } from 'playwright-core';

/** What is shown of the files and folders. */
export function cards(page: Page): Locator {
  return page.getByRole('list', { name: /^(Files|ファイル)$/ }).getByRole('listitem');
}

/** The link of a file, in the list of its folder. */
export function fileLink(page: Page, name: string): Locator {
  return page.getByRole('link', { name: name.split('/').at(-1) ?? '', exact: true });
}

/** Chooses an action in the menu of a file, or of a folder by its path. */
export async function act(page: Page, name: string, action: string): Promise<void> {
  await card(page, name).click({ button: 'right' });
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

/** The names of the files and folders that are shown, in order. */
export function namesOf(page: Page): Promise<string[]> {
  return cards(page).getByRole('link').allInnerTexts();
}

/** The folder that is shown, and those above it. */
export function path(page: Page): Promise<string[]> {
  return page.getByRole('navigation', { name: 'Folders' }).getByRole('listitem').allInnerTexts();
}

/** The words of the control with the focus. */
export function focused(page: Page): Promise<string | null> {
  return page.locator(':focus').textContent();
}

/** Whether a control has the focus. */
export async function isFocused(control: Locator): Promise<boolean> {
  return (await control.and(control.page().locator(':focus')).count()) > 0;
}

/** The button of the menu of the account, in each language. */
export function account(page: Page): Locator {
  return page.getByRole('button', { name: /^(Account|アカウント)/ });
}

/** Opens the menu of the account, and signs out. */
export async function signOut(page: Page): Promise<void> {
  await account(page).click();
  await press(page, 'Sign out');
}

/** Opens the list of browsers that are signed in. */
export async function openSessions(page: Page, button = 'Where you are signed in'): Promise<void> {
  await account(page).click();
  await press(page, button);
  await page.getByRole('dialog').waitFor();
}

/** Opens the list of all that is shared. */
export async function openShared(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Shared', exact: true }).click();
  await page.getByRole('heading', { name: 'Shared links' }).waitFor();
}

/** Opens the panel of the demonstration. */
export async function openDemo(page: Page): Promise<void> {
  await press(page, 'Demonstration');
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
