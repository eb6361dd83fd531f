import type { Gateway, ListedFile } from '../../client/gateway.ts';
import { create, find } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { createStage } from './stage.ts';
import { watchSwipes } from './swipe.ts';

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

export type Lightbox = ReturnType<typeof createLightbox>;

/** Shows one file over the page. The address decides which file: `show` and `hide` follow it. */
export function createLightbox(gateway: Gateway, actions: LightboxActions) {
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
  const show = createStage(stage, () => gateway.session());

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
