import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { announce } from '../dom.ts';
import { confirm } from '../ui/dialog.tsx';
import { text } from '../words/language.ts';
import type { Place } from './address.ts';
import { describeScan, type FileActions, isHeld } from './card.ts';
import { go, leaveFile } from './history.ts';
import type { Shown } from './library.ts';
import type { Lightbox } from './lightbox.ts';
import { isViewed } from './viewed.ts';

export interface ViewerActions extends Pick<FileActions, 'share' | 'delete' | 'download'> {
  /** Lets the person give a file another name. */
  rename?(name: string): void;
  /** The shown folder. */
  place(): Place;
  /** Called when the address is the folder's again. */
  onLeft(name: string): void;
}

/** The open file, which the address names, among the files of the gallery. The lightbox loads at the first one. */
export function createViewer(shown: Shown, actions: ViewerActions) {
  /** The files that the arrows of the lightbox lead through. */
  let files: ListedFile[] = [];
  let current: ListedFile | undefined;
  let lightbox: Lightbox | undefined;
  let isLoading = false;

  async function load(): Promise<void> {
    const { createLightbox } = await import('./lightbox.ts');
    lightbox = createLightbox(shown.owner, {
      ...actions,
      onMove(step) {
        const target = beside(step);
        if (target) open(target.name, 'replace');
      },
      onLeave: leave,
    });
  }

  function leave(): void {
    const name = current?.name ?? '';
    leaveFile(actions.place(), () => actions.onLeft(name));
  }

  function show(file: ListedFile): void {
    current = file;
    if (lightbox) lightbox.show(file, files);
    else if (!isLoading) void loadAndShow();
  }

  async function loadAndShow(): Promise<void> {
    isLoading = true;
    // Firefox does not try again before the page is loaded anew.
    await load().catch(offerReload);
    isLoading = false;
    if (current) lightbox?.show(current, files);
  }

  async function offerReload(): Promise<void> {
    const isWanted = await confirm({
      title: text('viewerMissing'),
      text: text('viewerMissingText'),
      action: text('reload'),
    });
    if (isWanted) location.reload();
    else if (current) leave();
  }

  function beside(step: 1 | -1): ListedFile | undefined {
    const at = files.findIndex(({ name }) => name === current?.name);
    return at < 0 ? undefined : files[at + step];
  }

  function open(name: string, how: 'push' | 'replace'): void {
    go({ ...actions.place(), file: name }, how);
    follow(name);
  }

  /** Shows the file that the address names, if any. */
  function follow(name: string | undefined): void {
    const library = shown.library();
    const file = name === undefined ? undefined : library.get(name);
    // A link may name a file that the viewer cannot show. It says so, and offers the download.
    if (file && !isHeld(file)) {
      show(file);
      return;
    }
    current = undefined;
    lightbox?.hide();
    if (name === undefined || library.state() !== 'read') return;
    announce(file ? `${name}: ${describeScan(file)}` : text('gone', { name }));
    go(actions.place(), 'replace');
  }

  const has = (name: string | undefined) => files.some((file) => file.name === name);

  return {
    follow,
    has,
    /** @returns whether the viewer shows the file */
    open(name: string): boolean {
      if (!has(name)) return false;
      open(name, 'push');
      return true;
    },
    /** @param listed the files of the gallery, in order */
    choose(listed: readonly ListedFile[]): void {
      files = listed.filter(isViewed);
    },
    /** If this file is open, it stays open under its new name. */
    rename(name: string, to: string): void {
      if (name === current?.name) go({ ...actions.place(), file: to }, 'replace');
    },
    /** If this file, which is about to go, is open, the next file takes its place. */
    pass(name: string): void {
      if (name !== current?.name) return;
      const following = beside(1) ?? beside(-1);
      go({ ...actions.place(), file: following?.name }, 'replace');
    },
  };
}
