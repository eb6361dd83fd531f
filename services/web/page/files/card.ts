import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { confinementOf, mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { create, icon, iconButton } from '../dom.ts';
import { formatDay, NUMBER, text } from '../words/language.ts';
import { extensionOf, formatSize } from '../words/words.ts';
import { hashOf } from './address.ts';
import type { Arranged, ArrangedFile, FolderEntry } from './arrange.ts';

/** The actions that a person can take with files. */
export interface FileActions {
  share(names: readonly string[]): void;
  replace(file: ListedFile): void;
  rename(name: string): void;
  move(names: readonly string[]): void;
  copy(names: readonly string[]): void;
  versions(name: string): void;
  delete(names: readonly string[]): void;
  download(names: readonly string[]): void;
  /** Called when a file without a thumbnail is on the screen. */
  addThumbnail(file: ListedFile): void;
}

/** Whether browsers show a file of this type in place. The edge makes browsers download every other file. */
export function isShown({ type }: ListedFile): boolean {
  return confinementOf(mediaTypeOf(type)) !== undefined;
}

/**
 * One file of the gallery: its picture, its name as a link, its time, and its buttons.
 * @param mayChange whether the person may replace, delete and share the file
 */
export function createFileCard(entry: FileEntry, mayChange: boolean, actions: FileActions): HTMLLIElement {
  const { file, label } = entry;
  const { name, size, url } = file;
  const opens = isShown(file);
  const download: { download?: string } = opens ? {} : { download: '' };
  const box = create('input', { type: 'checkbox', 'aria-label': text('select', { name }) });
  const buttons = mayChange
    ? [
        iconButton('share', text('shareFile', { name }), () => actions.share([name])),
        iconButton('replace', text('replaceFile', { name }), () => actions.replace(file)),
        iconButton('delete', text('deleteFile', { name }), () => actions.delete([name])),
      ]
    : [iconButton('download', text('downloadFile', { name }), () => actions.download([name]))];
  return create(
    'li',
    { 'data-name': name, class: 'file' },
    createPreview(file, actions),
    create(
      'a',
      { class: 'name', href: url, target: '_blank', rel: 'noopener', title: name, ...download },
      label,
    ),
    create(
      'p',
      { class: 'quiet' },
      `${formatDay(file.lastModified)} · `,
      opens ? formatSize(size) : text('sizeToDownload', { size: formatSize(size) }),
    ),
    create('div', { class: 'actions' }, ...buttons),
    create('label', { class: 'pick' }, box),
  );
}

/** A folder, as a link to it. */
export function createFolderCard(
  { label, path, count, bytes }: FolderEntry,
  team: string | undefined,
): HTMLLIElement {
  const files = count === 1 ? text('oneFile') : text('manyFiles', { count: NUMBER.format(count) });
  return create(
    'li',
    { 'data-folder': path, class: 'folder' },
    create('div', { class: 'preview badge', 'aria-hidden': 'true' }, icon('folder')),
    create(
      'a',
      {
        class: 'name',
        href: hashOf({ team, folder: path }),
        title: path,
        'aria-label': text('folder', { name: label }),
      },
      label || '/',
    ),
    create('p', { class: 'quiet' }, `${files} · ${formatSize(bytes)}`),
    create('div', { class: 'actions' }),
  );
}

function createPreview(file: ListedFile, actions: FileActions): HTMLElement {
  const { name, url, thumbnailUrl, type } = file;
  const [kind] = mediaTypeOf(type).split('/');
  if (kind === 'image' && isShown(file)) {
    const image = create('img', { src: thumbnailUrl ?? url, loading: 'lazy', decoding: 'async', alt: name });
    if (!thumbnailUrl) image.addEventListener('load', () => actions.addThumbnail(file), { once: true });
    return framed(image, 'load');
  }
  if (kind === 'video' && isShown(file)) {
    const mark = create('span', { class: 'play', 'aria-hidden': 'true' }, icon('play'));
    if (thumbnailUrl) {
      return framed(
        create('img', { src: thumbnailUrl, loading: 'lazy', decoding: 'async', alt: name }),
        'load',
        mark,
      );
    }
    const film = create('video', { src: url, preload: 'metadata', tabindex: '-1', 'aria-label': name });
    film.muted = true;
    film.addEventListener('loadedmetadata', () => actions.addThumbnail(file), { once: true });
    return framed(film, 'loadedmetadata', mark);
  }
  if (kind === 'audio')
    return create('div', { class: 'preview badge', 'aria-hidden': 'true' }, icon('sound'));
  return create('div', { class: 'preview badge', 'aria-hidden': 'true' }, badgeOf(name));
}

/** The badge of a file that has no picture: its extension. */
export function badgeOf(name: string): string {
  return extensionOf(name).slice(0, 5).toUpperCase() || '…';
}

/**
 * Puts words in the place of a picture that does not load. The client library may still get the picture, so the words
 * come a little later.
 */
function framed(media: HTMLImageElement | HTMLMediaElement, loaded: string, ...more: Node[]): HTMLElement {
  const words = create('span', { class: 'words' }, text('notLoaded'));
  const frame = create('div', { class: 'preview' }, media, words, ...more);
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
