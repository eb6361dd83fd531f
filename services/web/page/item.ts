import { confinementOf, mediaTypeOf } from '../../../edge/function/content.ts';
import type { ListedFile } from '../client/answers.ts';
import { create } from './dom.ts';
import { extensionOf, formatSize } from './words.ts';

/** One file of the gallery: its picture, player or extension, and its name as a link to it. */
export function createItem(file: ListedFile, renew: () => Promise<void>): HTMLLIElement {
  const mediaType = mediaTypeOf(file.type);
  const isShown = confinementOf(mediaType) !== undefined;
  const size = formatSize(file.sizeBytes);
  return create(
    'li',
    { 'data-name': file.name },
    isShown ? createPreview(file, mediaType, renew) : createBadge(file.name),
    create('a', { class: 'name', href: file.url, target: '_blank', rel: 'noopener' }, file.name),
    create('span', { class: 'quiet' }, isShown ? size : `Download, ${size}`),
  );
}

function createPreview(file: ListedFile, mediaType: string, renew: () => Promise<void>): HTMLElement {
  if (mediaType.startsWith('image/')) {
    return retried(create('img', { class: 'preview', loading: 'lazy', alt: file.name }), file.url, renew);
  }
  const player = { class: 'preview', controls: '', preload: 'metadata', 'aria-label': file.name };
  if (mediaType.startsWith('video/')) return retried(create('video', player), file.url, renew);
  if (mediaType.startsWith('audio/')) return retried(create('audio', player), file.url, renew);
  return createBadge(file.name);
}

/** Cookies may have expired while the device slept: a file that fails is asked for once more, with fresh ones. */
function retried(
  media: HTMLImageElement | HTMLMediaElement,
  url: string,
  renew: () => Promise<void>,
): HTMLElement {
  let failures = 0;
  media.addEventListener('error', async () => {
    failures++;
    if (failures > 1) return media.replaceWith(create('span', { class: 'preview' }, 'Could not be loaded'));
    await renew();
    media.src = url;
  });
  media.src = url;
  return media;
}

function createBadge(name: string): HTMLElement {
  const label = extensionOf(name).slice(0, 5).toUpperCase() || 'FILE';
  return create('span', { class: 'preview badge', 'aria-hidden': 'true' }, label);
}
