import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { confinementOf, mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { create, icon, iconButton } from '../dom.ts';
import { formatDay, NUMBER, text } from '../words/language.ts';
import { extensionOf, formatSize } from '../words/words.ts';
import { hashOf } from './address.ts';
import { type Arranged, type ArrangedFile, dateOf, type FolderEntry } from './arrange.ts';

/** The actions that a person can take with files. */
export interface FileActions {
  share(names: readonly string[]): void;
  /** Shows who can open a file. Missing for a guest, who may not know it. */
  showAccess?(name: string): void;
  replace(file: ListedFile): void;
  rename(name: string): void;
  /** Names of folders end in `/`, here and below. */
  move(names: readonly string[]): void;
  moveInto(names: readonly string[], folder: string): void;
  shareFolder(folder: string): void;
  copy(names: readonly string[]): void;
  versions(name: string): void;
  delete(names: readonly string[]): void;
  download(names: readonly string[]): void;
  /** Called when a file without a thumbnail is on the screen. */
  addThumbnail(file: ListedFile): void;
}

/** The actions of a card. */
export interface CardActions extends Pick<FileActions, 'share' | 'addThumbnail'> {
  /** Opens the menu of an entry beside a button. */
  openMenu(entry: Entry, at: DOMRect): void;
}

/** Whether browsers show a file of this type in place. The edge makes browsers download every other file. */
export function isShown(file: ListedFile): boolean {
  return !isHeld(file) && confinementOf(mediaTypeOf(file.type)) !== undefined;
}

/** Whether nobody may open a file, since its scan has not ended, or has found something. */
export function isHeld({ scan }: ListedFile): boolean {
  return scan === 'scanning' || scan === 'refused';
}

const SCANS = { scanning: 'scanning', refused: 'scanRefused', not_scanned: 'notScanned' } as const;

/** What the scan of a file has found. Empty if it may be opened as any other. */
export function describeScan({ scan }: ListedFile): string {
  return scan === undefined ? '' : text(SCANS[scan]);
}

/**
 * One file of the gallery: its picture, its name as a link, and its facts in one line. What can be done with it shows
 * under the pointer, and with the focus.
 * @param mayChange whether the person may share the file
 */
export function createFileCard(entry: FileEntry, mayChange: boolean, actions: CardActions): HTMLLIElement {
  const { file, label } = entry;
  const { name, size, url } = file;
  const download: { download?: string } = isShown(file) ? {} : { download: '' };
  const share = iconButton('share', text('shareFile', { name }), () => actions.share([name]));
  const opens = isHeld(file) ? {} : { href: url, target: '_blank', rel: 'noopener', ...download };
  const link = { title: name, ...opens };
  // A search finds files in folders below. The folder then takes the place of the date.
  const at = label.lastIndexOf('/');
  const fact = describeScan(file) || (at > 0 ? label.slice(0, at) : formatDay(dateOf(file)));
  return createCard(
    entry,
    { 'data-name': name, class: 'file' },
    [
      createPreview(file, actions),
      create('a', { class: 'name', tabindex: '-1', ...link }, label.slice(at + 1)),
      createFacts(fact, formatSize(size)),
    ],
    { buttons: mayChange && !isHeld(file) ? [share] : [], openMenu: actions.openMenu },
  );
}

/** A folder, as a link to it. */
export function createFolderCard(
  entry: FolderEntry,
  team: string | undefined,
  { openMenu }: Pick<CardActions, 'openMenu'>,
): HTMLLIElement {
  const { label, path, count, bytes } = entry;
  const link = {
    href: hashOf({ team, folder: path }),
    title: path,
    'aria-label': text('folder', { name: label }),
  };
  return createCard(
    entry,
    { 'data-folder': path, class: 'folder' },
    [
      createBadge(icon('folder'), 'folder'),
      create('a', { class: 'name', tabindex: '-1', ...link }, label || '/'),
      createFacts(countFiles(count), formatSize(bytes)),
    ],
    { buttons: [], openMenu },
  );
}

/** The parts of every card: the box that selects it, and its buttons. Tab leads to none of them, but the menu has their actions. */
function createCard(
  entry: Entry,
  attributes: { [name: string]: string },
  parts: HTMLElement[],
  { buttons, openMenu }: { buttons: HTMLButtonElement[] } & Pick<CardActions, 'openMenu'>,
): HTMLLIElement {
  const name = entry.kind === 'file' ? entry.file.name : entry.label;
  const more = iconButton('more', text('moreFor', { name }), () =>
    openMenu(entry, more.getBoundingClientRect()),
  );
  more.classList.add('more');
  for (const button of [...buttons, more]) button.tabIndex = -1;
  const box = create('input', {
    type: 'checkbox',
    tabindex: '-1',
    'aria-label': text('select', { name }),
  });
  return create(
    'li',
    attributes,
    ...parts,
    create('label', { class: 'pick' }, box),
    create('div', { class: 'actions' }, ...buttons, more),
  );
}

/** The facts of a card: a line below the name, or the columns of the list. */
function createFacts(fact: string, size: string): HTMLElement {
  const dot = create('span', { class: 'dot' }, ' · ');
  return create('p', { class: 'quiet' }, create('span', {}, fact), dot, create('span', {}, size));
}

/** The number of files in words. */
export function countFiles(count: number): string {
  return count === 1 ? text('oneFile') : text('manyFiles', { count: NUMBER.format(count) });
}

function createPreview(file: ListedFile, actions: Pick<FileActions, 'addThumbnail'>): HTMLElement {
  const { name, url, thumbnailUrl, type } = file;
  const [kind] = mediaTypeOf(type).split('/');
  if (kind === 'image' && isShown(file)) {
    const image = create('img', { src: thumbnailUrl ?? url, loading: 'lazy', decoding: 'async', alt: name });
    if (!thumbnailUrl) image.addEventListener('load', () => actions.addThumbnail(file), { once: true });
    return framed(file, image, 'load');
  }
  if (kind === 'video' && isShown(file)) {
    const mark = create('span', { class: 'play', 'aria-hidden': 'true' }, icon('play'));
    if (thumbnailUrl) {
      return framed(
        file,
        create('img', { src: thumbnailUrl, loading: 'lazy', decoding: 'async', alt: name }),
        'load',
        mark,
      );
    }
    const film = create('video', { src: url, preload: 'metadata', tabindex: '-1', 'aria-label': name });
    film.addEventListener('loadedmetadata', () => actions.addThumbnail(file), { once: true });
    return framed(file, film, 'loadedmetadata', mark);
  }
  if (file.scan === 'refused') return createBadge(icon('close'));
  if (kind === 'audio') return createBadge(icon('sound'), 'sound');
  return createBadge(badgeOf(name), kindOf(name));
}

function createBadge(mark: Node | string, kind?: string): HTMLElement {
  const attributes = { class: 'preview badge', 'aria-hidden': 'true', ...(kind && { 'data-kind': kind }) };
  return create('div', attributes, mark);
}

/** The kinds of files that have colors of their own, by their extensions. */
const KINDS: readonly [kind: string, extensions: RegExp][] = [
  ['pdf', /^pdf$/],
  ['sheet', /^(?:csv|tsv|xlsx?|ods|numbers)$/],
  ['text', /^(?:txt|md|markdown|rtf|docx?|odt|pages)$/],
  ['slides', /^(?:pptx?|odp|key)$/],
  ['archive', /^(?:zip|gz|tgz|tar|7z|rar|bz2|xz)$/],
  ['sound', /^(?:mp3|m4a|wav|ogg|flac|aac)$/],
];

/** The kind of a file that has no picture, if it has a color of its own. */
export function kindOf(name: string): string | undefined {
  const extension = extensionOf(name);
  return KINDS.find(([, extensions]) => extensions.test(extension))?.[0];
}

/** The badge of a file that has no picture: its extension. */
export function badgeOf(name: string): string {
  return extensionOf(name).slice(0, 5).toUpperCase() || '…';
}

/**
 * The picture's color is there before the picture. Words take the place of one that does not load. The client library may still get the picture, so the words
 * come a little later.
 */
function framed(
  { color }: ListedFile,
  media: HTMLImageElement | HTMLMediaElement,
  loaded: string,
  ...more: Node[]
): HTMLElement {
  const words = create('span', { class: 'words' }, text('notLoaded'));
  const frame = create('div', { class: 'preview' }, media, words, ...more);
  if (color !== undefined) frame.style.backgroundColor = color;
  media.addEventListener('error', () => frame.classList.add('broken'));
  media.addEventListener(loaded, () => frame.classList.remove('broken'));
  return frame;
}

/** Shows whether the file of a card is selected. */
export function markCard<E extends HTMLElement>(card: E, isSelected: boolean): E {
  card.classList.toggle('selected', isSelected);
  const box = card.querySelector('input');
  if (box) box.checked = isSelected;
  return card;
}

/** A card's place in the gallery. */
export type Entry = Arranged<ListedFile>;
export type FileEntry = ArrangedFile<ListedFile>;
