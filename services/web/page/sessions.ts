import type { Gateway, ListedSession } from '../client/gateway.ts';
import { announce, create, find, removeRow, textButton } from './dom.ts';
import { describeBrowser, describeFailure } from './words.ts';

/** The list of browsers where the user is signed in, each with a button but for this one. */
export function createSessions(gateway: Gateway): { refresh(): Promise<void>; clear(): void } {
  const list = find('sessions', HTMLElement);

  function createRow({ id, current, createdAt, lastUsedAt, userAgent }: ListedSession): HTMLLIElement {
    const browser = describeBrowser(userAgent);
    const used = create('time', { class: 'quiet', datetime: lastUsedAt }, `last used ${shown(lastUsedAt)}`);
    const name = create('span', { class: 'name', title: userAgent ?? '' }, browser);
    const row = create('li', { 'data-session': id }, name, used);
    if (current) {
      used.textContent = 'this browser';
      return row;
    }
    const button = textButton('Sign out', `Sign out ${browser}, signed in ${shown(createdAt)}`, async () => {
      button.disabled = true;
      try {
        await gateway.sessions.revoke(id);
        announce(`${browser} is signed out.`);
        removeRow(row);
      } catch (error) {
        if (isGone(error)) return removeRow(row);
        button.disabled = false;
        announce(`${browser} is still signed in. ${describeFailure(error).words}`);
      }
    });
    row.append(button);
    return row;
  }

  async function refresh(): Promise<void> {
    try {
      list.replaceChildren(...(await gateway.sessions.list()).map(createRow));
    } catch {
      // The list of files says that the server does not answer; what is shown here stays as it is.
    }
  }

  return { refresh, clear: () => list.replaceChildren() };
}

function shown(instant: string): string {
  return new Date(instant).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'no_such_session';
}
