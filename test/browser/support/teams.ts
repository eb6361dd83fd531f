import type { Browser, Page } from 'playwright-core';
import type { Test } from 'tap';
import { press } from '../../services/web/acts.ts';
import { openPage } from '../../services/web/browser.ts';

/** A page of a profile of its own, what it asks for, and what the browser complains about. */
export async function openProfile(t: Test, browser: Browser, locale = 'en-US') {
  const { page, complaints } = await openPage(browser, { viewport: { width: 1280, height: 900 }, locale });
  t.teardown(() => page.context().close());
  const requests: string[] = [];
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
  return { page, complaints, requests };
}

/** Makes a team in the rail, and waits until the page shows it. */
export async function makeTeam(page: Page, name: string): Promise<void> {
  await press(page, 'New team');
  await page.getByLabel('Name of the team').fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Folders' }).getByText(name).waitFor();
}

/** Makes an invitation in the dialog of the people, and closes it. @returns its address */
export async function invite(page: Page, role: 'viewer' | 'editor' | 'manager'): Promise<string> {
  await press(page, 'People');
  await page.getByRole('list', { name: 'Members' }).getByRole('listitem').first().waitFor();
  await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption(role);
  await press(page, 'Create link');
  const url = await page.getByRole('textbox', { name: 'Invitation' }).inputValue();
  await page.getByRole('dialog').getByRole('button', { name: 'Done', exact: true }).click();
  return url;
}

interface LinkOptions {
  role: 'viewer' | 'uploader';
  password?: string;
  maxFiles?: number;
}

/** Makes a link to a team's folder, from the page of an editor. */
export function makeLink(page: Page, team: string, options: LinkOptions) {
  return page.evaluate<{ id: string; url: string }>(`fetch('/api/teams/${team}/links', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: ${JSON.stringify(JSON.stringify(options))},
  }).then((answer) => answer.json())`);
}

/** Ends a link. @returns the status of the answer, which may come before the edge knows it */
export function endLink(page: Page, team: string, id: string) {
  return page.evaluate<number>(
    `fetch('/api/teams/${team}/links/${id}', { method: 'DELETE' }).then(({ status }) => status)`,
  );
}
