import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { create, find } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import type { FileActions } from './card.ts';
import { createDetails } from './details.ts';
import { type Steps, watchGestures } from './gestures.ts';
import type { Owner } from './library.ts';
import { putOn } from './stage.ts';

/** Images up to this size are loaded in advance. */
const MAX_AHEAD_BYTES = 20_000_000;

export interface LightboxActions extends Pick<FileActions, 'share' | 'delete' | 'download'> {
  /** Called to show the next file (1) or the one before (-1) in place of this one. */
  onMove(step: 1 | -1): void;
  /** Lets the person give the file another name. */
  rename?(name: string): void;
  /** Called to close the lightbox. */
  onLeave(): void;
}

/**
 * Shows one file over the page. The address decides which file: `show` and `hide` follow it.
 * @param owner gives whose file it is
 */
export function createLightbox(owner: () => Owner, actions: LightboxActions) {
  const dialog = find('lightbox', HTMLDialogElement);
  const stage = find('lightbox-stage', HTMLElement);
  /** The images that load in advance. Without an element that has them, the browser could drop them. */
  const ahead = create('div', {});
  let shown: ListedFile | undefined;

  const onClick = (id: string, act: (file: ListedFile) => void) =>
    find(id, HTMLButtonElement).addEventListener('click', () => {
      if (shown) act(shown);
    });
  onClick('lightbox-download', ({ name }) => actions.download([name]));
  onClick('lightbox-share', ({ name }) => actions.share([name]));
  onClick('lightbox-delete', ({ name }) => actions.delete([name]));
  const steps = { next: () => actions.onMove(1), previous: () => actions.onMove(-1), leave: actions.onLeave };
  const rename = find('lightbox-rename', HTMLButtonElement);
  rename.hidden = !actions.rename;
  onClick('lightbox-rename', ({ name }) => actions.rename?.(name));
  const gestures = watchGestures(stage, steps);
  const details = createDetails(owner);
  watchSteps(dialog, { ...steps, info: details.toggle });
  // If Escape is pressed twice in a row, a browser closes the dialog without asking. The event may come late, when the
  // dialog is open again.
  dialog.addEventListener('close', () => {
    if (shown && !dialog.open) actions.onLeave();
  });

  return {
    /** @param files the files that can be shown, in order */
    show(file: ListedFile, files: readonly ListedFile[]): void {
      const isNew = file.url !== shown?.url;
      shown = file;
      if (!dialog.open) dialog.showModal();
      if (isNew) {
        gestures.reset();
        putOn(stage, file, { withCookies: () => owner().session(), onSize: details.setPixels });
      }
      details.show(file);
      const at = files.findIndex(({ name }) => name === file.name);
      describe(file, at, files.length);
      ahead.replaceChildren(...neighbours(files, at));
    },
    hide(): void {
      shown = undefined;
      // Otherwise a film would go on playing.
      stage.replaceChildren();
      details.clear();
      dialog.close();
    },
  };
}

export type Lightbox = ReturnType<typeof createLightbox>;

/** @param at the index of the file among those that can be shown; -1 if it is not one of them */
function describe({ name, size }: ListedFile, at: number, count: number): void {
  find('lightbox-name', HTMLElement).textContent = name;
  find('lightbox-name', HTMLElement).title = name;
  const position = text('position', { at: NUMBER.format(at + 1), count: NUMBER.format(count) });
  find('lightbox-position', HTMLElement).textContent =
    at < 0 ? formatSize(size) : `${position} · ${formatSize(size)}`;
  find('lightbox-previous', HTMLButtonElement).disabled = at <= 0;
  find('lightbox-next', HTMLButtonElement).disabled = at < 0 || at === count - 1;
}

/** The images beside a file, which begin to load. */
function neighbours(files: readonly ListedFile[], at: number): HTMLImageElement[] {
  const beside = at < 0 ? [] : [files[at + 1], files[at - 1]];
  return beside.flatMap((file) => {
    if (!file?.type.startsWith('image/') || file.size > MAX_AHEAD_BYTES) return [];
    return [create('img', { src: file.url, alt: '' })];
  });
}

/** Watches the buttons and keys that lead to another file, or out of the lightbox. */
function watchSteps(
  dialog: HTMLDialogElement,
  { next, previous, leave, info }: Steps & { info(): void },
): void {
  find('lightbox-previous', HTMLButtonElement).addEventListener('click', previous);
  find('lightbox-next', HTMLButtonElement).addEventListener('click', next);
  find('lightbox-close', HTMLButtonElement).addEventListener('click', leave);
  // On Escape, the address changes first, and then the dialog closes.
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener('keydown', (event) => {
    // A player moves in its film, and a text to its sides.
    const isOwn = event.target instanceof Element && event.target.closest('video, audio, .paper');
    if ((isOwn && event.key !== 'i') || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'ArrowLeft') previous();
    else if (event.key === 'ArrowRight') next();
    else if (event.key === 'i') info();
    else return;
    event.preventDefault();
  });
}
