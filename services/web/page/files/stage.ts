import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { create, icon } from '../dom.ts';
import { text } from '../words/language.ts';
import { badgeOf } from './card.ts';

/**
 * Puts a file on the stage of the lightbox: as an image, a player, or a frame.
 * @param withCookies resolves once cookies are good, because a frame does not tell that it was refused
 */
export function putOn(stage: HTMLElement, file: ListedFile, withCookies: () => Promise<unknown>): void {
  const type = mediaTypeOf(file.type);
  const [kind] = type.split('/');
  if (kind === 'image') stage.replaceChildren(...createImage(file));
  else if (kind === 'video') putFilm(stage, file);
  else if (kind === 'audio') {
    const badge = create('div', { class: 'badge', 'aria-hidden': 'true' }, icon('sound'));
    stage.replaceChildren(badge, create('audio', { src: file.url, controls: '', 'aria-label': file.name }));
  } else if (type === 'application/pdf' && !navigator.pdfViewerEnabled) {
    stage.replaceChildren(
      create('div', { class: 'badge', 'aria-hidden': 'true' }, badgeOf(file.name)),
      create('a', { class: 'primary', href: file.url, target: '_blank', rel: 'noopener' }, text('open')),
    );
  } else {
    const frame = create('iframe', { title: file.name });
    // The browsers' PDF viewers do not work in a sandbox. The edge also sends text with a sandbox of its own.
    if (type !== 'application/pdf') frame.setAttribute('sandbox', '');
    stage.replaceChildren(frame);
    const load = () => {
      if (frame.isConnected) frame.src = file.url;
    };
    withCookies().then(load, load);
  }
}

function putFilm(stage: HTMLElement, { name, url, thumbnailUrl }: ListedFile): void {
  const film = create('video', { src: url, controls: '', playsinline: '', 'aria-label': name });
  if (thumbnailUrl) film.poster = thumbnailUrl;
  stage.replaceChildren(film);
  // A browser refuses to play before the first click of a person.
  film.play().catch(() => undefined);
}

/** Shows the thumbnail, which has been loaded already, until the image is there. */
function createImage({ name, url, thumbnailUrl }: ListedFile): HTMLElement[] {
  const image = create('img', { src: url, alt: name });
  const words = create('span', { class: 'words', hidden: '' }, text('notLoaded'));
  const early = thumbnailUrl ? create('img', { src: thumbnailUrl, alt: '', class: 'early' }) : undefined;
  image.addEventListener('load', () => {
    early?.remove();
    words.hidden = true;
  });
  image.addEventListener('error', () => {
    words.hidden = false;
  });
  return early ? [early, image, words] : [image, words];
}
