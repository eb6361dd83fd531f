import type { ListedFolderLink, ListedSession, ListedTeam, Team } from '@cloudfront-cookie-gateway/client';
import { create, find, icon } from '../dom.ts';
import { formatMinute, NUMBER, text } from '../words/language.ts';
import { mayChange, type Owner } from './library.ts';
import { createShareRow } from './share-row.ts';

/** What the page knows of the person besides the files. */
export interface Person {
  sessions(): Promise<ListedSession[]>;
  /** The owner as a team. Undefined for the person's own files. */
  teamOf(owner: Owner): (Team & { team: ListedTeam }) | undefined;
  /** How long the last sign-out took, in milliseconds. */
  signOutMs(): number | undefined;
}

/** A file, and whose it is. */
export interface Accessed {
  owner: Owner;
  name: string;
}

/** The most members that are named. */
const MAX_NAMED = 3;

/** Lists who can open a file: people, links with their time left, and how fast a sign-out counts. */
export function createAccess(person: Person): {
  /** @param shownId the share whose address the page shows elsewhere. Its row does not copy it again. */
  show(file: Accessed, shownId?: number): Promise<void>;
  clear(): void;
} {
  const list = find('access-list', HTMLElement);
  /** The reading that counts. */
  let turn: symbol | undefined;

  async function show(file: Accessed, shownId?: number): Promise<void> {
    const mine = Symbol();
    turn = mine;
    const rows = await readRows(file, shownId).catch(() => [createRow('info', text('accessUnknown'))]);
    if (mine === turn) list.replaceChildren(...rows);
  }

  async function readRows(file: Accessed, shownId?: number): Promise<HTMLElement[]> {
    const { owner, name } = file;
    const team = person.teamOf(owner);
    const [people, shares, links] = await Promise.all([
      team ? describeMembers(team) : describeBrowsers(await person.sessions()),
      mayChange(owner) ? owner.shares.list() : [],
      team && mayChange(owner) ? team.links.list() : [],
    ]);
    const ofFile = shares.filter((share) => share.name === name && share.stale !== true);
    const ofFolder = links.filter(({ role }) => role === 'viewer');
    const isOnlyOwn = !team && ofFile.length === 0;
    const ms = person.signOutMs();
    return [
      createRow(
        team ? 'team' : 'person',
        team ? team.team.name : text(isOnlyOwn ? 'onlyYou' : 'youToo'),
        people,
      ),
      ...ofFile.map(({ page, ...share }) => {
        const isElsewhere = page === undefined || share.id === shownId;
        const listed = isElsewhere ? share : { ...share, page };
        return withFace(
          'share',
          createShareRow(owner, listed, text('whoHasLink'), () => void show(file)),
        );
      }),
      ...ofFolder.map(createLinkRow),
      ...(ms === undefined ? [] : [createRow('info', '', text('signOutTook', { ms: NUMBER.format(ms) }))]),
    ];
  }

  return {
    show,
    clear(): void {
      turn = undefined;
      list.replaceChildren();
    },
  };
}

function withFace(mark: string, row: HTMLElement): HTMLElement {
  row.prepend(create('span', { class: 'face' }, icon(mark)));
  return row;
}

function createRow(mark: string, title: string, more = ''): HTMLElement {
  const parts = [
    ...(title ? [create('span', { class: 'name' }, title)] : []),
    ...(more ? [create('span', { class: 'quiet' }, more)] : []),
  ];
  return withFace(mark, create('li', {}, ...parts));
}

function createLinkRow({ name, expiresAt }: ListedFolderLink): HTMLElement {
  const title = name === undefined ? text('whoHasFolderLink') : text('whoHasNamedLink', { name });
  return createRow('folder', title, text('until', { date: formatMinute(expiresAt) }));
}

function describeBrowsers({ length }: readonly ListedSession[]): string {
  return length === 1 ? text('oneBrowser') : text('manyBrowsers', { count: NUMBER.format(length) });
}

/** A team of the provider tells no members. */
async function describeMembers(team: Team): Promise<string> {
  const { members } = await team.read();
  if (!members) return text('allMembers');
  const names = members.slice(0, MAX_NAMED).map(({ name }) => name ?? text('unnamed'));
  const left = members.length - names.length;
  return [...names, ...(left > 0 ? [text('more', { count: NUMBER.format(left) })] : [])].join(', ');
}
