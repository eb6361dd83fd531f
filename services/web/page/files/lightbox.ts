import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { mediaTypeOf } from '@cloudfront-cookie-gateway/core/shown-types';
import { create, find, icon } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { badgeOf } from './card.ts';
import type { Owner } from './library.ts';

/** Images up to this size are loaded in advance. */
const MAX_AHEAD_BYTES = 20_000_000;

export interface LightboxActions {
  /** The files that can be shown, in order. */
  files(): readonly ListedFile[];
  /** Called to show another file in place of this one. */
  onMove(file: ListedFile): void;
  /** Called to close the lightbox. */
  onLeave(): void;
  share(file: ListedFile): void;
  delete(file: ListedFile): void;
  download(file: ListedFile): void;
}

/** Shows one file over the page. The address decides which file: `show` and `hide` follow it. */
export function createLightbox(owner: Owner, actions: LightboxActions) {
  const dialog = find('lightbox', HTMLDialogElement);
  const stage = find('lightbox-stage', HTMLElement);
  const previous = find('lightbox-previous', HTMLButtonElement);
  const next = find('lightbox-next', HTMLButtonElement);
  let shown: ListedFile | undefined;
  /** The elements that load images in advance. Without this reference, the browser could drop their images. */
  let ahead: HTMLImageElement[] = [];

  const indexOf = () => actions.files().findIndex(({ name }) => name === shown?.name);

  function move(step: number): void {
    const files = actions.files();
    const at = indexOf();
    const target = at < 0 ? undefined : files[at + step];
    if (target) actions.onMove(target);
  }

  function describe(file: ListedFile): void {
    const files = actions.files();
    const at = indexOf();
    find('lightbox-name', HTMLElement).textContent = file.name;
    find('lightbox-name', HTMLElement).title = file.name;
    const position = text('position', { at: NUMBER.format(at + 1), count: NUMBER.format(files.length) });
    find('lightbox-position', HTMLElement).textContent =
      at < 0 ? formatSize(file.size) : `${position} · ${formatSize(file.size)}`;
    previous.disabled = at <= 0;
    next.disabled = at < 0 || at === files.length - 1;
    const neighbours = at < 0 ? [] : [files[at + 1], files[at - 1]];
    ahead = neighbours.flatMap((each) => {
      if (!each?.type.startsWith('image/') || each.size > MAX_AHEAD_BYTES) return [];
      return [create('img', { src: each.url, alt: '' })];
    });
  }

  for (const [id, act] of [
    ['lightbox-download', actions.download],
    ['lightbox-share', actions.share],
    ['lightbox-delete', actions.delete],
  ] as const) {
    find(id, HTMLButtonElement).addEventListener('click', () => {
      if (shown) act(shown);
    });
  }
  previous.addEventListener('click', () => move(-1));
  next.addEventListener('click', () => move(1));
  find('lightbox-close', HTMLButtonElement).addEventListener('click', () => actions.onLeave());
  // On Escape, the address changes first, and then the dialog closes.
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    actions.onLeave();
  });
  // If Escape is pressed twice in a row, a browser closes the dialog without asking. The event may come late, when the
  // dialog is open again.
  dialog.addEventListener('close', () => {
    if (shown && !dialog.open) actions.onLeave();
  });
  dialog.addEventListener('keydown', (event) => {
    const isPlayer = event.target instanceof HTMLMediaElement;
    if (isPlayer || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'ArrowLeft') move(-1);
    else if (event.key === 'ArrowRight') move(1);
    else return;
    event.preventDefault();
  });
  watchSwipes(stage, { left: () => move(1), right: () => move(-1), down: () => actions.onLeave() });
  const show = createStage(stage, () => owner.session());

  return {
    show(file: ListedFile): void {
      const isNew = file.url !== shown?.url;
      shown = file;
      if (!dialog.open) dialog.showModal();
      if (isNew) show(file);
      describe(file);
    },
    hide(): void {
      shown = undefined;
      ahead = [];
      // Otherwise a film would go on playing.
      stage.replaceChildren();
      if (dialog.open) dialog.close();
    },
    shown: () => shown,
    /** The number of images that were loaded in advance. */
    ahead: () => ahead.length,
  };
}

/** The distance, in pixels, from which a movement is a swipe. */
const MIN_DISTANCE = 60;

interface Swipes {
  left(): void;
  right(): void;
  down(): void;
}

/** Watches swipes of one finger. Two fingers zoom, and a finger on a player belongs to the player. */
function watchSwipes(element: HTMLElement, swipes: Swipes): void {
  let start: Touch | undefined;
  element.addEventListener(
    'touchstart',
    ({ touches, target }) => {
      const isZoomed = (globalThis.visualViewport?.scale ?? 1) > 1.01;
      start =
        touches.length === 1 && !isZoomed && !(target instanceof HTMLMediaElement) ? touches[0] : undefined;
    },
    { passive: true },
  );
  element.addEventListener('touchend', ({ changedTouches }) => {
    const end = changedTouches[0];
    if (!start || !end) return;
    const x = end.clientX - start.clientX;
    const y = end.clientY - start.clientY;
    start = undefined;
    if (Math.abs(x) > MIN_DISTANCE && Math.abs(x) > 2 * Math.abs(y)) (x < 0 ? swipes.left : swipes.right)();
    else if (y > 2 * MIN_DISTANCE && y > 2 * Math.abs(x)) swipes.down();
  });
}

/**
 * Puts a file on the stage of the lightbox: as an image, a player, or a frame.
 * @param withCookies resolves once cookies are good, because a frame does not tell that it was refused
 */
function createStage(stage: HTMLElement, withCookies: () => Promise<unknown>): (file: ListedFile) => void {
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
