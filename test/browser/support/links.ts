import type { Page } from 'playwright-core';

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
