import { find } from '../dom.ts';
import { type MenuItem, openMenu } from '../menus/menus.ts';
import { copyAddress } from '../ui/parts.tsx';
import { type MessageKey, NUMBER, plain, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { hashOf } from './address.ts';
import {
  createFileCard,
  createFolderCard,
  type Entry,
  type FileActions,
  isHeld,
  isShown,
  markCard,
} from './card.ts';
import { watchDrags } from './drags.ts';
import { createGrid, type Grid } from './grid.ts';
import { watchKeys } from './keys.ts';
import { mayChange, namesIn, type Shown } from './library.ts';
import { createLook } from './look.ts';
import { createSelection, keyOf, type Selection } from './selection.ts';

export interface GalleryActions extends FileActions {
  /** Opens a file in place. Returns false if the browser does not show such a file. */
  open(name: string): boolean;
}

/** The cards of the shown folder, and the selection among them. */
export function createGallery({ owner, library }: Shown, actions: GalleryActions) {
  const list = find('gallery', HTMLElement);
  const selection = createSelection(showSelection);
  const look = createLook(() => grid.lay());
  const grid = createGrid(list, { createCard, layOut: look.layOut });
  const selected = () => namesIn(library(), selection.keys());

  function createCard(entry: Entry): HTMLElement {
    const on = { ...actions, openMenu: openFor };
    const card =
      entry.kind === 'folder'
        ? createFolderCard(entry, owner().team?.id, on)
        : createFileCard(entry, mayChange(owner()), on);
    return markCard(card, selection.has(keyOf(entry)));
  }

  /** The menu is for all that is selected, if the entry is a part of it. */
  function openFor(entry: Entry, at: Pick<DOMRect, 'left' | 'top' | 'bottom'>): void {
    const key = keyOf(entry);
    const isPart = selection.size() > 1 && selection.has(key);
    const keys = isPart ? selection.keys() : [key];
    const open = () => {
      if (entry.kind === 'folder') location.hash = hashOf({ team: owner().team?.id, folder: entry.path });
      else actions.open(key);
    };
    const canOpen = !isPart && (entry.kind === 'folder' || isShown(entry.file));
    const canAsk = actions.showAccess && !isPart && entry.kind === 'file' && !isHeld(entry.file);
    const mayEdit = mayChange(owner());
    openMenu(
      [
        ...(canOpen ? [item('open', 'open', open)] : []),
        ...(mayEdit ? [item('share', 'share', () => share(keys))] : []),
        ...(canAsk ? [item('whoCanOpen', 'eye', () => actions.showAccess?.(key))] : []),
        item('download', 'download', () => actions.download(namesIn(library(), keys))),
        // The address of a guest is the secret of the link.
        ...(actions.showAccess && !isPart ? [copyItem(entry)] : []),
        ...(mayEdit ? changesOf(keys, isPart ? undefined : entry) : []),
      ],
      at,
    );
  }

  /** Others cannot open this link, so its words do not look like those of a share. */
  function copyItem(entry: Entry): MenuItem {
    const { team } = owner();
    const { href } = new URL(hashOf({ team: team?.id, ...placeOf(entry) }), location.origin);
    const said = team ? text('linkForTeam', { team: team.name }) : text('linkForYou');
    return item(team ? 'copyLinkForTeam' : 'copyLink', 'link', () => void copyAddress(href, said));
  }

  /** What only those can do who may change files. @param entry missing for several */
  function changesOf(keys: readonly string[], entry: Entry | undefined): MenuItem[] {
    const [key = ''] = keys;
    const file = entry?.kind === 'file' ? entry.file : undefined;
    return [
      ...(entry ? [item('rename', 'rename', () => actions.rename(key))] : []),
      item('move', 'move', () => actions.move(keys)),
      item('copy', 'copy', () => actions.copy(keys)),
      ...(file ? [item('replaceWith', 'replace', () => actions.replace(file))] : []),
      ...(file ? [item('versions', 'versions', () => actions.versions(key))] : []),
      item('delete', 'delete', () => actions.delete(keys)),
    ];
  }

  /** A folder is shared as a whole, and the files of several folders each by a link of its own. */
  function share(keys: readonly string[]): void {
    const [key = ''] = keys;
    if (keys.length === 1 && key.endsWith('/')) actions.shareFolder(key);
    else actions.share(namesIn(library(), keys));
  }

  function showSelection(): void {
    const names = selected();
    const bytes = names.reduce((sum, name) => sum + (library().get(name)?.size ?? 0), 0);
    find('selection', HTMLElement).hidden = selection.size() === 0;
    document.body.classList.toggle('selecting', selection.size() > 0);
    const count = NUMBER.format(selection.size());
    find('selected', HTMLElement).textContent = text('selected', { count, size: formatSize(bytes) });
    for (const card of grid.cards()) {
      if (!(card instanceof HTMLElement)) continue;
      markCard(card, selection.has(card.dataset['name'] ?? card.dataset['folder'] ?? ''));
    }
  }

  const deleteSelected = () => {
    if (mayChange(owner())) actions.delete(selection.keys());
  };
  watchClicks(list, grid, selection, actions.open);
  watchMenus(list, grid, selection, openFor);
  watchKeys(list, grid, selection, deleteSelected);
  watchDrags(list, {
    dragged(entry) {
      if (!mayChange(owner())) return [];
      return selection.has(keyOf(entry)) ? selection.keys() : [keyOf(entry)];
    },
    entryOf: (element) => grid.entries()[grid.indexOf(element)],
    moveInto: actions.moveInto,
  });
  const onClick = (id: string, act: () => void) => find(id, HTMLElement).addEventListener('click', act);
  onClick('select-all', () => selection.all(grid.entries()));
  onClick('clear-selection', () => {
    selection.clear();
    grid.enter();
  });
  onClick('delete-selected', deleteSelected);
  onClick('share-selected', () => share(selection.keys()));
  onClick('move-selected', () => actions.move(selection.keys()));
  onClick('download-selected', () => actions.download(selected()));
  onClick('skip', grid.enter);

  return {
    show(entries: readonly Entry[]): void {
      grid.show(entries);
      const names = [...library().all()].map(({ name }) => name);
      // Files outside the shown folder stay selected.
      selection.keep((key) =>
        names.some((name) => (key.endsWith('/') ? name.startsWith(key) : name === key)),
      );
    },
    /** Takes the look of a view of the page. */
    look: look.show,
    clearSelection: selection.clear,
    /** Drops all cards, and the selection. */
    forget(): void {
      selection.clear();
      grid.forget();
    },
    /** Gives the focus to the card of a file. */
    focus: (name: string) => grid.focus(grid.entries().findIndex((entry) => keyOf(entry) === name)),
  };
}

function item(words: MessageKey, icon: string, run: () => void): MenuItem {
  return { words: plain(words), icon, run };
}

function placeOf(entry: Entry) {
  return entry.kind === 'file' ? { folder: '', file: entry.file.name } : { folder: entry.path };
}

/** A click on a name opens the entry, or selects it as long as something is selected. */
function watchClicks(
  list: HTMLElement,
  grid: Grid,
  selection: Selection,
  open: (name: string) => boolean,
): void {
  list.addEventListener('click', (event) => {
    const { target, shiftKey } = event;
    const entry = target instanceof Element ? grid.entries()[grid.indexOf(target)] : undefined;
    if (!(target instanceof Element) || !entry) return;
    const key = keyOf(entry);
    const isBox = target.matches('input');
    const isPlain = target.closest('.name') !== null && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isBox || (isPlain && selection.size() > 0)) {
      // A box has already changed by itself.
      if (!isBox) event.preventDefault();
      if (shiftKey) selection.extend(key, grid.entries());
      else selection.toggle(key);
    } else if (isPlain && !shiftKey && entry.kind === 'file' && open(key)) event.preventDefault();
  });
}

/** A click with the right button, or the key for it, opens the menu. A long press of a finger selects. */
function watchMenus(
  list: HTMLElement,
  grid: Grid,
  selection: Selection,
  openFor: (entry: Entry, at: Pick<DOMRect, 'left' | 'top' | 'bottom'>) => void,
): void {
  list.addEventListener('contextmenu', (event) => {
    const { target, clientX, clientY } = event;
    const entry = target instanceof Element ? grid.entries()[grid.indexOf(target)] : undefined;
    // With Shift, the menu is the browser's own.
    if (!(target instanceof Element) || !entry || (event.shiftKey && event.button === 2)) return;
    event.preventDefault();
    if (event.pointerType === 'touch') return selection.toggle(keyOf(entry), true);
    const isKey = clientX === 0 && clientY === 0;
    const at = isKey ? target.getBoundingClientRect() : { left: clientX, top: clientY, bottom: clientY };
    // A popover closes when a button that was pressed outside of it is let go.
    if (event.buttons === 0) openFor(entry, at);
    else addEventListener('pointerup', () => setTimeout(() => openFor(entry, at)), { once: true });
  });
}
