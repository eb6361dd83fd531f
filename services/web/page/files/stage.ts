import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { create, icon } from '../dom.ts';
import { text } from '../words/language.ts';
import { badgeOf, isHeic, isViewed, textKindOf } from './kinds.ts';
import { putText } from './text-view.ts';

export interface StageActions {
  /** Resolves once cookies are good: neither a frame nor a request without them tells that it was refused. */
  withCookies(): Promise<unknown>;
  /** Called when the size of a picture or a film is known. */
  onSize(width: number, height: number): void;
}

/** Puts a file on the stage of the lightbox: as an image, a player, a text, or a frame. */
export function putOn(stage: HTMLElement, file: ListedFile, actions: StageActions): void {
  const type = mediaTypeOf(file.type);
  const [media] = type.split('/');
  const kind = textKindOf(file);
  if (kind) putText(stage, file, kind, actions.withCookies);
  else if (media === 'image' || isHeic(file)) stage.replaceChildren(...createImage(file, actions));
  else if (media === 'video') putFilm(stage, file, actions);
  else if (media === 'audio') {
    const badge = create('div', { class: 'badge', 'aria-hidden': 'true' }, icon('sound'));
    stage.replaceChildren(badge, create('audio', { src: file.url, controls: '', 'aria-label': file.name }));
  } else if (!isViewed(file)) {
    const badge = create('div', { class: 'badge', 'aria-hidden': 'true' }, badgeOf(file.name));
    stage.replaceChildren(badge, create('p', {}, text('noPreview')));
  } else if (type === 'application/pdf' && !navigator.pdfViewerEnabled) {
    stage.replaceChildren(
      create('div', { class: 'badge', 'aria-hidden': 'true' }, badgeOf(file.name)),
      create(
        'a',
        { class: 'button primary', href: file.url, target: '_blank', rel: 'noopener' },
        text('open'),
      ),
    );
  } else {
    const frame = create('iframe', { title: file.name });
    // The browsers' PDF viewers do not work in a sandbox. The edge also sends text with a sandbox of its own.
    if (type !== 'application/pdf') frame.setAttribute('sandbox', '');
    stage.replaceChildren(frame);
    const load = () => {
      if (frame.isConnected) frame.src = file.url;
    };
    actions.withCookies().then(load, load);
  }
}

function putFilm(
  stage: HTMLElement,
  { name, url, thumbnailUrl }: ListedFile,
  { onSize }: StageActions,
): void {
  const film = create('video', { src: url, controls: '', playsinline: '', 'aria-label': name });
  if (thumbnailUrl) film.poster = thumbnailUrl;
  film.addEventListener('loadedmetadata', () => onSize(film.videoWidth, film.videoHeight));
  stage.replaceChildren(film);
  // A browser refuses to play before the first click of a person.
  film.play().catch(() => undefined);
}

/** Shows the thumbnail, which has been loaded already, until the image is there. */
function createImage(file: ListedFile, { onSize }: StageActions): HTMLElement[] {
  const { name, url, thumbnailUrl } = file;
  const image = create('img', { src: url, alt: name, draggable: 'false' });
  const trouble = create(
    'span',
    { class: 'words', hidden: '' },
    isHeic(file) ? text('notInBrowser') : text('notLoaded'),
  );
  const early = thumbnailUrl ? create('img', { src: thumbnailUrl, alt: '', class: 'early' }) : undefined;
  image.addEventListener('load', () => {
    early?.remove();
    trouble.hidden = true;
    onSize(image.naturalWidth, image.naturalHeight);
  });
  image.addEventListener('error', () => {
    trouble.hidden = false;
  });
  return early ? [early, image, trouble] : [image, trouble];
}
