import { mediaTypeOf } from '../../../../core/shown-types.ts';
import type { ListedFile } from '../../client/gateway.ts';
import { create, icon } from '../dom.ts';
import { text } from '../words/language.ts';
import { badgeOf } from './card.ts';

/**
 * Puts a file on the stage of the lightbox: as an image, a player, or a frame.
 * @param withCookies resolves once cookies are good, because a frame does not tell that it was refused
 */
export function createStage(
  stage: HTMLElement,
  withCookies: () => Promise<unknown>,
): (file: ListedFile) => void {
  return (file) => {
    const { name, url, thumbnailUrl } = file;
    const type = mediaTypeOf(file.type);
    const [kind] = type.split('/');
    if (kind === 'image') stage.replaceChildren(...createImage(file));
    else if (kind === 'video') {
      const poster: { poster?: string } = thumbnailUrl ? { poster: thumbnailUrl } : {};
      const film = create('video', {
        src: url,
        controls: '',
        playsinline: '',
        'aria-label': name,
        ...poster,
      });
      stage.replaceChildren(film);
      // A browser refuses to play before the first click of a person.
      film.play().catch(() => undefined);
    } else if (kind === 'audio') {
      const badge = create('div', { class: 'badge', 'aria-hidden': 'true' }, icon('sound'));
      stage.replaceChildren(badge, create('audio', { src: url, controls: '', 'aria-label': name }));
    } else if (type === 'application/pdf' && !navigator.pdfViewerEnabled) {
      stage.replaceChildren(
        create('div', { class: 'badge', 'aria-hidden': 'true' }, badgeOf(name)),
        create('a', { class: 'primary', href: url, target: '_blank', rel: 'noopener' }, text('open')),
      );
    } else {
      const frame = create('iframe', { title: name });
      // The browsers' PDF viewers do not work in a sandbox. The edge also sends text with a sandbox of its own.
      if (type !== 'application/pdf') frame.setAttribute('sandbox', '');
      stage.replaceChildren(frame);
      const load = () => {
        if (frame.isConnected) frame.src = url;
      };
      withCookies().then(load, load);
    }
  };
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
