import type {
  Gateway,
  ListedFile,
  ListedFolderLink,
  ListedSession,
  ListedShare,
  Session,
} from '@cloudfront-cookie-gateway/client';
import { announce, create, find, icon, removeRow, textButton, workButton } from './dom.ts';
import { hashOf } from './files/address.ts';
import { createFace } from './files/card.ts';
import type { Owner } from './files/library.ts';
import { createShareRow } from './files/share-row.ts';
import type { TeamOwner } from './teams/known-teams.ts';
import { formatMinute, text } from './words/language.ts';
import { describeBrowser, describeFailure, formatSize } from './words/words.ts';

/** Rows that the host lists. If the host does not answer, the rows stay: the list of files says so. */
function createList<Item>(
  list: HTMLElement,
  read: () => Promise<Item[]>,
  createRow: (item: Item) => HTMLElement,
) {
  /** The reading that counts. An earlier reading does not, nor one that ends after `clear`. */
  let turn: symbol | undefined;

  return {
    async refresh(): Promise<void> {
      const mine = Symbol();
      turn = mine;
      const items = await read().catch(() => undefined);
      if (items && mine === turn) list.replaceChildren(...items.map(createRow));
    },
    clear(): void {
      turn = undefined;
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
    const face = create('span', { class: 'face' }, icon('device'));
    const row = create('li', { 'data-session': id }, face, name, used);
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

export interface SharedActions {
  /** Those whose files the person may share. */
  owners(): Owner[];
  /** Those of them that are teams. */
  teams(): TeamOwner[];
  /** Opens the dialog of a team's links. */
  openLinks(team: TeamOwner): void;
  /** What the page knows of a file. */
  fileOf(owner: Owner, name: string): ListedFile | undefined;
}

/** The lists of all links of the person: to single files, of one's own and of each team's, and to the folders of teams. */
export function createShared({ owners, teams, openLinks, fileOf }: SharedActions): {
  refresh(): Promise<void>;
  clear(): void;
} {
  const shares = createList(
    find('shares', HTMLElement),
    async () => {
      const read = async (owner: Owner) => (await owner.shares.list()).map((share) => ({ share, owner }));
      return (await Promise.all(owners().map(read))).flat();
    },
    ({ share, owner }) => {
      const row = createShareRow(owner, share, titleOf(share, owner), removeRow);
      row.prepend(createFace(share.name, fileOf(owner, share.name)));
      return row;
    },
  );
  const links = createList(
    find('shared-links', HTMLElement),
    async () => {
      const read = async (team: TeamOwner) => (await team.links.list()).map((link) => ({ link, team }));
      return (await Promise.all(teams().map(read))).flat();
    },
    ({ link, team }) => createLinkRow(link, team, openLinks),
  );
  return {
    refresh: async () => void (await Promise.all([shares.refresh(), links.refresh()])),
    clear(): void {
      shares.clear();
      links.clear();
    },
  };
}

/** The name of a shared file, which opens it, and the place where it is. */
function titleOf({ name, stale }: ListedShare, { team }: Owner): Node {
  const at = name.lastIndexOf('/') + 1;
  const label = name.slice(at);
  const place = [...(team ? [team.name] : []), ...name.slice(0, at).split('/').slice(0, -1)].join(' / ');
  const title = create('span', {});
  title.append(
    stale ? label : create('a', { href: hashOf({ team: team?.id, folder: '', file: name }) }, label),
  );
  if (place) title.append(' ', create('span', { class: 'quiet' }, place));
  return title;
}

/** A link to a team's folder. Nobody has its address, so the dialog of the team makes a new one. */
function createLinkRow(
  { id, name, role, expiresAt, hasPassword }: ListedFolderLink,
  owner: TeamOwner,
  openLinks: (team: TeamOwner) => void,
): HTMLLIElement {
  const { team } = owner;
  const may = text(role === 'viewer' ? 'maySee' : 'maySend');
  const facts = [
    ...(name === undefined ? [] : [may]),
    text('until', { date: formatMinute(expiresAt) }),
    ...(hasPassword ? [text('withPassword')] : []),
  ];
  const label = text('newLinkTo', { team: team.name });
  return create(
    'li',
    { 'data-link': id },
    create('span', { class: 'face' }, icon(role === 'viewer' ? 'folder' : 'upload')),
    create('span', { class: 'name' }, name ?? may, ' ', create('span', { class: 'quiet' }, team.name)),
    create('span', { class: 'quiet' }, facts.join(' · ')),
    textButton(text('newLink'), label, () => openLinks(owner)),
  );
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
