import type { Gateway, ListedSession, ListedShare, Session } from '@cloudfront-cookie-gateway/client';
import { announce, create, find, removeRow, workButton } from './dom.ts';
import type { Owner } from './files/library.ts';
import { formatMinute, text } from './words/language.ts';
import { countDown } from './words/shown.ts';
import { describeBrowser, describeFailure, formatSize } from './words/words.ts';

/** Rows that the host lists. If the host does not answer, the rows stay: the list of files says so. */
function createList<Item>(
  list: HTMLElement,
  read: () => Promise<Item[]>,
  createRow: (item: Item) => HTMLElement,
) {
  /** The number of the reading that counts. An earlier reading does not, nor one that ends after `clear`. */
  let turn = 0;

  return {
    async refresh(): Promise<void> {
      const mine = ++turn;
      const items = await read().catch(() => undefined);
      if (items && mine === turn) list.replaceChildren(...items.map(createRow));
    },
    clear(): void {
      turn++;
      list.replaceChildren();
    },
  };
}

/** The list of browsers where the user is signed in. Each has a button, except this browser. */
export function createSessions(gateway: Gateway) {
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
    const signOut = async () => {
      try {
        await gateway.sessions.revoke(id);
        announce(text('browserOut', { browser }));
        removeRow(row);
      } catch (error) {
        if (isGone(error)) return removeRow(row);
        announce(text('browserIn', { browser, reason: describeFailure(error).words }));
      }
    };
    row.append(workButton(text('signOut'), label, signOut));
    return row;
  }

  return createList(find('sessions', HTMLElement), gateway.sessions.list, createRow);
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'no_such_session';
}

/** A share, and whose file it opens. */
interface OwnedShare extends ListedShare {
  owner: Owner;
}

/**
 * The list of all shares of the person: of the own files, and of each team's. Each shows its time left, or says that its
 * file has been replaced or deleted.
 * @param owners gives those whose files the person may share
 */
export function createShares(owners: () => Owner[]) {
  function createRow({ id, name, expiresAt, stale, owner: { team, shares } }: OwnedShare): HTMLLIElement {
    const left = create('time', { class: 'quiet' });
    const title = create('span', { class: 'name' }, name);
    const row = create('li', { 'data-share': String(id) }, title, left);
    if (team) title.append(' ', create('span', { class: 'quiet' }, team.name));
    const revoke = async () => {
      try {
        await shares.revoke(id);
        announce(text('revoked', { name }));
        removeRow(row);
      } catch (error) {
        announce(text('notRevoked', { reason: describeFailure(error).words }));
      }
    };
    row.append(workButton(text('revoke'), text('revokeLink', { name }), revoke));
    if (stale) left.textContent = text('stale');
    else countDown(left, expiresAt, () => removeRow(row));
    return row;
  }

  async function read(): Promise<OwnedShare[]> {
    const lists = await Promise.all(
      owners().map(async (owner) => (await owner.shares.list()).map((share) => ({ ...share, owner }))),
    );
    return lists.flat();
  }

  return createList(find('shares', HTMLElement), read, createRow);
}

/**
 * The bar of the used space, if there is a limit.
 * @returns shows how much an owner uses. The host counts, which takes a while if there are many files
 */
export function createUsage(): (session: Session | undefined, owner: Owner) => Promise<void> {
  const bar = find('usage-bar', HTMLProgressElement);
  /** The owner of the bar. An answer about another one comes too late. */
  let shown: Owner | undefined;

  return async (session, owner) => {
    const limit = owner.team ? owner.team.maxBytes : session?.files.maxBytes;
    if (owner !== shown || limit === undefined) find('usage', HTMLElement).hidden = true;
    shown = owner;
    if (limit === undefined) return;
    try {
      const { bytes, keptBytes } = await owner.files.usage();
      if (owner !== shown) return;
      find('usage', HTMLElement).hidden = false;
      const used = { used: formatSize(bytes), limit: formatSize(limit), kept: formatSize(keptBytes) };
      const words = text(keptBytes > 0 ? 'usageKept' : 'usage', used);
      bar.value = Math.min(bytes / limit, 1);
      bar.classList.toggle('full', bytes > limit * 0.9);
      bar.setAttribute('aria-label', words);
      find('usage-words', HTMLElement).textContent = words;
    } catch {
      // The bar stays as it was: the list of files says that the server does not answer.
    }
  };
}
