import { confinementOf, mediaTypeOf } from '../../../edge/function/content.ts';
import type { ListedFile } from '../client/gateway.ts';
import { create, iconButton } from './dom.ts';
import { extensionOf, formatSize } from './words.ts';

/** What a person can do with one file. */
export interface ItemActions {
  share(file: ListedFile): void;
  replace(file: ListedFile): void;
  delete(file: ListedFile): void;
  /** A file without a thumbnail is on the screen. */
  addThumbnail(file: ListedFile): void;
}

/** One file of the gallery: its picture, player or extension, its name as a link to it, and what to do with it. */
export function createItem(file: ListedFile, actions: ItemActions): HTMLLIElement {
  const { name, size, type, url } = file;
  const mediaType = mediaTypeOf(type);
  const isShown = confinementOf(mediaType) !== undefined;
  const download: { download?: string } = isShown ? {} : { download: '' };
  return create(
    'li',
    { 'data-name': name },
    createPreview(file, mediaType, actions),
    create('a', { class: 'name', href: url, target: '_blank', rel: 'noopener', ...download }, name),
    create(
      'div',
      { class: 'actions' },
      create('span', { class: 'quiet' }, isShown ? formatSize(size) : `Download, ${formatSize(size)}`),
      iconButton('share', `Share ${name}`, () => actions.share(file)),
      iconButton('replace', `Replace ${name}`, () => actions.replace(file)),
      iconButton('delete', `Delete ${name}`, () => actions.delete(file)),
    ),
  );
}

function createPreview(file: ListedFile, mediaType: string, actions: ItemActions): HTMLElement {
  const { name, url, thumbnailUrl } = file;
  if (mediaType.startsWith('image/')) {
    const image = create('img', { src: thumbnailUrl ?? url, loading: 'lazy', alt: name });
    if (!thumbnailUrl) image.addEventListener('load', () => actions.addThumbnail(file), { once: true });
    return framed(image, 'load');
  }
  const attributes = { src: url, controls: '', preload: 'metadata', 'aria-label': name };
  if (mediaType.startsWith('video/')) {
    // With a picture nothing of the film is loaded before it is played.
    if (thumbnailUrl)
      return framed(create('video', { ...attributes, preload: 'none', poster: thumbnailUrl }), 'playing');
    const film = create('video', attributes);
    film.addEventListener('loadedmetadata', () => actions.addThumbnail(file), { once: true });
    return framed(film, 'loadedmetadata');
  }
  if (mediaType.startsWith('audio/')) return framed(create('audio', attributes), 'loadedmetadata');
  const label = extensionOf(name).slice(0, 5).toUpperCase() || 'FILE';
  return create('div', { class: 'preview badge', 'aria-hidden': 'true' }, label);
}

/** Words in its place where it does not load; the client library may still get it, so they come a little later. */
function framed(media: HTMLImageElement | HTMLMediaElement, loaded: string): HTMLElement {
  const frame = create('div', { class: 'preview' }, media, create('span', {}, 'Could not be loaded'));
  media.addEventListener('error', () => frame.classList.add('broken'));
  media.addEventListener(loaded, () => frame.classList.remove('broken'));
  return frame;
}
