import { effect, signal, untracked } from '@preact/signals';
import { create } from '../dom.ts';
import { type MenuItem, openMenu } from '../menus/menus.ts';
import { preferred } from '../preferences.ts';
import { mayEdit, owner, session } from '../state.ts';
import { copyAddress } from '../ui/parts.tsx';
import { type MessageKey, plain, text } from '../words/language.ts';
import {
  download,
  moveInto,
  remove,
  rename,
  replace,
  share,
  showAccess,
  showVersions,
  transfer,
} from './actions.ts';
import { hashOf } from './address.ts';
import { createFileCard, createFolderCard, markCard } from './card.ts';
import { watchDrags } from './drags.ts';
import { createGrid } from './grid.ts';
import { go } from './history.ts';
import { watchKeys } from './keys.ts';
import type { Entry, FileEntry } from './kinds.ts';
import { isHeld, isShown, isViewed } from './kinds.ts';
import { type Layout, list as rows, tiles } from './layout.ts';
import { libraryOf } from './library.ts';
import { entries, listed } from './listing.ts';
import { justified, type Month } from './photos.ts';
import { keyOf, selection } from './selection.ts';

/** In pixels. */
const USUAL_TILE = 200;
const PHOTO_GAP = 4;
const MONTH_REM = 3;

/** How the person wants folders to look. */
export const isList = signal(preferred('look') === 'list');
export const tileSize = signal(Number(preferred('tile-size') ?? USUAL_TILE));
/** The months of the shown photos, and where each begins. */
export const months = signal<readonly Month[]>([]);

/** The cards of the listed files and folders. */
export const list = create('ul', {
  id: 'gallery',
  'aria-label': text('files'),
  'aria-describedby': 'gallery-keys',
});
const grid = createGrid(list, { createCard, layOut });
export const enterGallery = grid.enter;

function layOut(shown: readonly Entry[], width: number): Layout {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const tile = tileSize.peek();
  if (listed.peek().view === 'photos') {
    const files = shown.filter((entry): entry is FileEntry => entry.kind === 'file');
    const options = { width, rowHeight: tile, gap: PHOTO_GAP, head: MONTH_REM * rem };
    const layout = justified(files, options);
    months.value = layout.months;
    return layout;
  }
  return isList.peek() ? rows(shown.length, { width, rem }) : tiles(shown.length, { width, tile, rem });
}

function createCard(entry: Entry): HTMLElement {
  const card =
    entry.kind === 'folder'
      ? createFolderCard(entry, owner.peek()?.team?.id, openFor)
      : createFileCard(entry, mayEdit.peek(), openFor);
  return markCard(card, selection.has(keyOf(entry)));
}

let drawnFor: unknown[] = [];
effect(() => {
  const shown = entries.value;
  const isPhotos = listed.value.view === 'photos';
  const drawFor = [owner.value, mayEdit.value];
  list.classList.toggle('list', isList.value && !isPhotos);
  list.classList.toggle('photos', isPhotos);
  // The cards have another layout then.
  void tileSize.value;
  untracked(() => {
    if (drawFor.some((each, index) => each !== drawnFor[index])) grid.forget();
    drawnFor = drawFor;
    grid.show(shown);
    const names = owner.value ? [...libraryOf(owner.value).all()].map(({ name }) => name) : [];
    // Files outside the shown folder stay selected.
    selection.keep((key) => names.some((name) => (key.endsWith('/') ? name.startsWith(key) : name === key)));
  });
});

effect(() => {
  document.body.classList.toggle('selecting', selection.size() > 0);
  for (const card of grid.cards()) {
    if (!(card instanceof HTMLElement)) continue;
    markCard(card, selection.has(card.dataset['name'] ?? card.dataset['folder'] ?? ''));
  }
});

/** The menu is for all that is selected, if the entry is a part of it. */
function openFor(entry: Entry, at: Pick<DOMRect, 'left' | 'top' | 'bottom'>): void {
  const key = keyOf(entry);
  const isPart = selection.size() > 1 && selection.has(key);
  const keys = isPart ? selection.keys() : [key];
  const canOpen = !isPart && (entry.kind === 'folder' || isShown(entry.file));
  const isFile = !isPart && entry.kind === 'file' && !isHeld(entry.file);
  const mayChange = mayEdit.peek();
  openMenu(
    [
      ...(canOpen ? [item('open', 'open', () => open(entry))] : []),
      ...(mayChange ? [item('share', 'share', () => share(keys))] : []),
      // A guest may not know who can open a file, and the address of a guest is the secret of the link.
      ...(session.peek() && isFile ? [item('whoCanOpen', 'eye', () => showAccess(key))] : []),
      item('download', 'download', () => download(keys)),
      ...(session.peek() && !isPart ? [copyItem(entry)] : []),
      ...(mayChange ? changesOf(keys, isPart ? undefined : entry) : []),
    ],
    at,
  );
}

/** Others cannot open this link, so its words do not look like those of a share. */
function copyItem(entry: Entry): MenuItem {
  const team = owner.peek()?.team;
  const place = entry.kind === 'file' ? { folder: '', file: entry.file.name } : { folder: entry.path };
  const { href } = new URL(hashOf({ team: team?.id, ...place }), location.origin);
  const said = team ? text('linkForTeam', { team: team.name }) : text('linkForYou');
  return item(team ? 'copyLinkForTeam' : 'copyLink', 'link', () => copyAddress(href, said));
}

/** What only those can do who may change files. @param entry missing for several */
function changesOf(keys: readonly string[], entry: Entry | undefined): MenuItem[] {
  const [key = ''] = keys;
  const file = entry?.kind === 'file' ? entry.file : undefined;
  return [
    ...(entry ? [item('rename', 'rename', () => rename(key))] : []),
    item('move', 'move', () => transfer('move', keys)),
    item('copy', 'copy', () => transfer('copy', keys)),
    ...(file ? [item('replaceWith', 'replace', () => replace(file))] : []),
    ...(file ? [item('versions', 'versions', () => showVersions(key))] : []),
    item('delete', 'delete', () => remove(keys)),
  ];
}

function item(words: MessageKey, icon: string, run: () => unknown): MenuItem {
  return { words: plain(words), icon, run };
}

/** Opens a folder, or a file in place. @returns false if the page does not show such a file */
function open(entry: Entry): boolean {
  if (entry.kind === 'folder') go({ team: owner.peek()?.team?.id, folder: entry.path }, 'push');
  else if (isViewed(entry.file)) go({ ...listed.peek(), file: entry.file.name }, 'push');
  else return false;
  return true;
}

/** Gives the focus to the card of a file. */
export function focusFile(name: string): void {
  grid.focus(entries.peek().findIndex((entry) => keyOf(entry) === name));
}

const entryAt = (target: EventTarget | null) =>
  target instanceof Element ? grid.entries()[grid.indexOf(target)] : undefined;

/** A click on a name opens the entry, or selects it as long as something is selected. */
list.addEventListener('click', (event) => {
  const { target, shiftKey } = event;
  const entry = entryAt(target);
  if (!(target instanceof Element) || !entry) return;
  const key = keyOf(entry);
  const isBox = target.matches('input');
  const isPlain = target.closest('.name') !== null && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (isBox || (isPlain && selection.size() > 0)) {
    // A box has already changed by itself.
    if (!isBox) event.preventDefault();
    if (shiftKey) selection.extend(key, grid.entries());
    else selection.toggle(key);
  } else if (isPlain && !shiftKey && entry.kind === 'file' && open(entry)) event.preventDefault();
});

/** A click with the right button, or the key for it, opens the menu. A long press of a finger selects. */
list.addEventListener('contextmenu', (event) => {
  const { target, clientX, clientY } = event;
  const entry = entryAt(target);
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

watchKeys(list, grid, () => void remove(selection.keys()));
watchDrags(list, {
  dragged(entry) {
    if (!mayEdit.peek()) return [];
    return selection.has(keyOf(entry)) ? selection.keys() : [keyOf(entry)];
  },
  entryOf: entryAt,
  moveInto,
});
