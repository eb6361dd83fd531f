import type { Gateway, ListedSession } from '../client/gateway.ts';
import { announce, create, find, removeRow, textButton } from './dom.ts';
import { formatMinute, text } from './words/language.ts';
import { describeBrowser, describeFailure } from './words/words.ts';

/** The list of browsers where the user is signed in. Each has a button, except this browser. */
export function createSessions(gateway: Gateway): { refresh(): Promise<void>; clear(): void } {
  const list = find('sessions', HTMLElement);

  function createRow({ id, current, createdAt, lastUsedAt, userAgent }: ListedSession): HTMLLIElement {
    const browser = describeBrowser(userAgent);
    const used = create(
      'time',
      { class: 'quiet', datetime: lastUsedAt },
      text('lastUsed', { date: formatMinute(lastUsedAt) }),
    );
    const name = create('span', { class: 'name', title: userAgent ?? '' }, browser);
    const row = create('li', { 'data-session': id }, name, used);
    if (current) {
      used.textContent = text('thisBrowser');
      return row;
    }
    const label = text('signOutBrowser', { browser, date: formatMinute(createdAt) });
    const button = textButton(text('signOut'), label, async () => {
      button.disabled = true;
      try {
        await gateway.sessions.revoke(id);
        announce(text('browserOut', { browser }));
        removeRow(row);
      } catch (error) {
        if (isGone(error)) return removeRow(row);
        button.disabled = false;
        announce(text('browserIn', { browser, reason: describeFailure(error).words }));
      }
    });
    row.append(button);
    return row;
  }

  async function refresh(): Promise<void> {
    try {
      list.replaceChildren(...(await gateway.sessions.list()).map(createRow));
    } catch {
      // The list stays as it is: the list of files says that the server does not answer.
    }
  }

  return { refresh, clear: () => list.replaceChildren() };
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'no_such_session';
}
