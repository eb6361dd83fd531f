import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { create, icon, iconButton } from '../dom.ts';
import { formatDay, NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { addThumbnail, share as shareFiles } from './actions.ts';
import { hashOf } from './address.ts';
import { dateOf, type FolderEntry } from './entries.ts';
import type { Entry, FileEntry } from './kinds.ts';
import { badgeOf, describeScan, isHeld, isShown, kindOf } from './kinds.ts';

/** Opens the menu of an entry beside a button. */
type OpenMenu = (entry: Entry, at: DOMRect) => void;

/**
 * One file of the gallery: its picture, its name as a link, and its facts in one line. What can be done with it shows
 * under the pointer, and with the focus.
 * @param mayChange whether the person may share the file
 */
export function createFileCard(entry: FileEntry, mayChange: boolean, openMenu: OpenMenu): HTMLLIElement {
  const { file, label } = entry;
  const { name, size, url } = file;
  const download: { download?: string } = isShown(file) ? {} : { download: '' };
  const share = iconButton('share', text('shareFile', { name }), () => shareFiles([name]));
  const opens = isHeld(file) ? {} : { href: url, target: '_blank', rel: 'noopener', ...download };
  const link = { title: name, ...opens };
  // A search finds files in folders below. The folder then takes the place of the date.
  const at = label.lastIndexOf('/');
  const fact = describeScan(file) || (at > 0 ? label.slice(0, at) : formatDay(dateOf(file)));
  return createCard(
    entry,
    { 'data-name': name, class: 'file' },
    [
      createPreview(file),
      create('a', { class: 'name', tabindex: '-1', ...link }, label.slice(at + 1)),
      createFacts(fact, formatSize(size)),
    ],
    { buttons: mayChange && !isHeld(file) ? [share] : [], openMenu },
  );
}

/** A folder, as a link to it. */
export function createFolderCard(
  entry: FolderEntry,
  team: string | undefined,
  openMenu: OpenMenu,
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
  { buttons, openMenu }: { buttons: HTMLButtonElement[]; openMenu: OpenMenu },
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

function createPreview(file: ListedFile): HTMLElement {
  const { name, url, thumbnailUrl, type } = file;
  const [kind] = mediaTypeOf(type).split('/');
  if (kind === 'image' && isShown(file)) {
    const image = create('img', { src: thumbnailUrl ?? url, loading: 'lazy', decoding: 'async', alt: name });
    if (!thumbnailUrl) image.addEventListener('load', () => addThumbnail(file), { once: true });
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
    film.addEventListener('loadedmetadata', () => addThumbnail(file), { once: true });
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
