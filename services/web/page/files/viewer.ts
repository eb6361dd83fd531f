import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { announce } from '../dom.ts';
import { text } from '../words/language.ts';
import type { Place } from './address.ts';
import { type FileActions, isShown } from './card.ts';
import { go, leaveFile } from './history.ts';
import type { Shown } from './library.ts';
import { createLightbox } from './lightbox.ts';

export interface ViewerActions extends Pick<FileActions, 'share' | 'delete' | 'download'> {
  /** The shown folder. */
  place(): Place;
  /** Called when the address is the folder's again. */
  onLeft(name: string): void;
}

/** The open file, which the address names, among the files of the gallery. */
export function createViewer(shown: Shown, actions: ViewerActions) {
  /** The files that the arrows of the lightbox lead through. */
  let files: ListedFile[] = [];
  const lightbox = createLightbox(shown.owner, {
    ...actions,
    onMove(step) {
      const target = beside(step);
      if (target) open(target.name, 'replace');
    },
    onLeave() {
      const name = lightbox.shown()?.name ?? '';
      leaveFile(actions.place(), () => actions.onLeft(name));
    },
  });

  function beside(step: 1 | -1): ListedFile | undefined {
    const at = files.findIndex(({ name }) => name === lightbox.shown()?.name);
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
    if (file && isShown(file)) lightbox.show(file, files);
    else lightbox.hide();
    if (lightbox.shown() || name === undefined || library.state() !== 'read') return;
    announce(text('gone', { name }));
    go(actions.place(), 'replace');
  }

  const has = (name: string | undefined) => files.some((file) => file.name === name);

  return {
    follow,
    has,
    /** @returns whether the browser shows the file in place */
    open(name: string): boolean {
      if (!has(name)) return false;
      open(name, 'push');
      return true;
    },
    /** @param listed the files of the gallery, in order */
    choose(listed: readonly ListedFile[]): void {
      files = listed.filter(isShown);
    },
    /** If this file is open, it stays open under its new name. */
    rename(name: string, to: string): void {
      if (name === lightbox.shown()?.name) go({ ...actions.place(), file: to }, 'replace');
    },
    /** If this file, which is about to go, is open, the next file takes its place. */
    pass(name: string): void {
      if (name !== lightbox.shown()?.name) return;
      const following = beside(1) ?? beside(-1);
      go({ ...actions.place(), file: following?.name }, 'replace');
    },
  };
}
