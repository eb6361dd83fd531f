import type { Gateway, ListedSession, ListedShare, Session } from '@cloudfront-cookie-gateway/client';
import { announce, create, find, removeRow, textButton } from './dom.ts';
import type { Owner } from './files/library.ts';
import { formatMinute, text } from './words/language.ts';
import { countDown } from './words/shown.ts';
import { describeBrowser, describeFailure, formatSize } from './words/words.ts';

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

/** The list of links. Each shows its time left, or says that its file has been replaced or deleted. */
export function createShares({ shares }: Owner): { refresh(): Promise<void>; clear(): void } {
  const section = find('shared', HTMLElement);
  const list = find('shares', HTMLElement);

  function createRow({ id, name, expiresAt, stale }: ListedShare): HTMLLIElement {
    const left = create('time', { class: 'quiet' });
    const row = create('li', { 'data-share': String(id) }, create('span', { class: 'name' }, name), left);
    const button = textButton(text('revoke'), text('revokeLink', { name }), async () => {
      button.disabled = true;
      try {
        await shares.revoke(id);
        announce(text('revoked', { name }));
        drop(row);
      } catch (error) {
        button.disabled = false;
        announce(text('notRevoked', { reason: describeFailure(error).words }));
      }
    });
    row.append(button);
    if (stale) left.textContent = text('stale');
    else countDown(left, expiresAt, () => drop(row));
    return row;
  }

  function drop(row: HTMLElement): void {
    removeRow(row);
    section.hidden = list.children.length === 0;
  }

  async function refresh(): Promise<void> {
    try {
      const listed = await shares.list();
      list.replaceChildren(...listed.map(createRow));
      section.hidden = listed.length === 0;
    } catch {
      // The list stays as it is: the list of files says that the server does not answer.
    }
  }

  return {
    refresh,
    clear() {
      list.replaceChildren();
      section.hidden = true;
    },
  };
}

/** The bar of the used space, if there is a limit. */
export function createUsage({ files }: Owner) {
  const bar = find('usage-bar', HTMLProgressElement);

  return {
    /** The host counts, which takes a while if there are many files. */
    async refresh(session: Session | undefined): Promise<void> {
      const limit = session?.files.maxBytes;
      find('usage', HTMLElement).hidden = limit === undefined;
      if (limit === undefined) return;
      try {
        const { bytes } = await files.usage();
        const words = text('usage', { used: formatSize(bytes), limit: formatSize(limit) });
        bar.value = Math.min(bytes / limit, 1);
        bar.classList.toggle('full', bytes > limit * 0.9);
        bar.setAttribute('aria-label', words);
        find('usage-words', HTMLElement).textContent = words;
      } catch {
        // The bar stays as it was: the list of files says that the server does not answer.
      }
    },
  };
}
