import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { announce, create, find } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { hashOf, type Place, placeOf } from './address.ts';
import { arrange, sortOf } from './arrange.ts';
import { type CardActions, createFileCard, createFolderCard, type Entry, isShown, markCard } from './card.ts';
import { createGrid } from './grid.ts';
import { createLibrary, type Owner } from './library.ts';
import { createLightbox } from './lightbox.ts';
import { remove } from './remove.ts';
import { save } from './save.ts';
import { createSelection, watchKeys } from './selection.ts';

export interface BrowseActions extends Pick<CardActions, 'replace' | 'share' | 'addThumbnail'> {
  onDeleted(): void;
}

/** The files of an owner: the list, the shown folder, the selection, and the open file. */
export function createBrowse(owner: Owner, actions: BrowseActions) {
  const list = find('gallery', HTMLElement);
  const search = find('search', HTMLInputElement);
  const sort = find('sort', HTMLSelectElement);
  const trouble = find('trouble', HTMLElement);
  const library = createLibrary(owner, show);
  const selection = createSelection(showSelection);
  const cardActions: CardActions = { ...actions, delete: ({ name }) => void removeNames([name]) };
  const grid = createGrid(list, createCard);
  const lightbox = createLightbox(owner, {
    files: () => viewable,
    onMove: (file) => {
      go({ folder, file: file.name }, 'replace');
      showPlace();
    },
    onLeave: leave,
    share: actions.share,
    delete: ({ name }) => void removeNames([name]),
    download: (file) => void save(owner, [file]),
  });
  /** The files that the arrows of the lightbox lead through. */
  let viewable: ListedFile[] = [];
  let folder = placeOf(location.hash).folder;

  function createCard(entry: Entry): HTMLElement {
    if (entry.kind === 'folder') return createFolderCard(entry);
    const { name } = entry.file;
    return markCard(createFileCard(entry, selection.has(name), cardActions), selection.has(name));
  }

  /** Shows the files and folders in the chosen order. */
  function show(): void {
    const state = library.state();
    const query = search.value;
    const entries = arrange(library.all(), { folder, query, sort: sortOf(sort.value) });
    viewable = entries.flatMap((entry) => (entry.kind === 'file' && isShown(entry.file) ? [entry.file] : []));
    const isEmpty = entries.length === 0;
    find('empty', HTMLElement).hidden = !isEmpty || state !== 'read' || query !== '';
    const noMatch = find('no-match', HTMLElement);
    noMatch.hidden = !isEmpty || state !== 'read' || query === '';
    noMatch.textContent = text('noMatch', { query });
    find('loading', HTMLElement).hidden = !isEmpty || state !== 'reading';
    trouble.hidden = state !== 'failed';
    grid.show(entries);
    selection.keep((name) => library.get(name) !== undefined);
    showPath(folder, entries.filter(({ kind }) => kind === 'file').length);
    showPlace();
  }

  /** Follows the address: the folder, and the open file. */
  function showPlace(): void {
    const place = placeOf(location.hash);
    // A file that a search has found may be in a folder below.
    const isHere = place.folder === folder || viewable.some(({ name }) => name === place.file);
    if (!isHere) {
      folder = place.folder;
      search.value = '';
      selection.clear();
      scrollToTop();
      show();
      return;
    }
    const file = place.file === undefined ? undefined : library.get(place.file);
    if (file && isShown(file)) {
      lightbox.show(file);
      return;
    }
    lightbox.hide();
    if (place.file === undefined || library.state() !== 'read') return;
    announce(text('gone', { name: place.file }));
    go({ folder }, 'replace');
  }

  function leave(): void {
    const name = lightbox.shown()?.name;
    leaveFile(folder, () => {
      showPlace();
      // The focus goes to the card of the file that was seen last, even after steps with the arrows.
      focusCard(grid.entries().findIndex((entry) => entry.kind === 'file' && entry.file.name === name));
    });
  }

  function focusCard(index: number): void {
    grid.reveal(index)?.querySelector<HTMLElement>('.name')?.focus({ preventScroll: true });
  }

  /** Shows the bar of the selection instead of the tools. */
  function showSelection(): void {
    const size = selection.size();
    find('tools', HTMLElement).hidden = size > 0;
    find('selection', HTMLElement).hidden = size === 0;
    find('selected', HTMLElement).textContent = text('selected', { count: NUMBER.format(size) });
    list.classList.toggle('selecting', size > 0);
    for (const card of grid.cards()) {
      if (card instanceof HTMLElement) markCard(card, selection.has(card.dataset['name'] ?? ''));
    }
  }

  async function removeNames(names: string[]): Promise<void> {
    const at = viewable.findIndex(({ name }) => name === lightbox.shown()?.name);
    const isDeleted = await remove(owner, names, (name) => {
      // If the file is open, the next file takes its place.
      if (name === lightbox.shown()?.name) {
        const following = viewable[at + 1] ?? viewable[at - 1];
        go(following ? { folder, file: following.name } : { folder }, 'replace');
      }
      library.drop(name);
    });
    if (isDeleted) actions.onDeleted();
    // The pressed button may have gone with the file.
    if (document.activeElement === document.body) find('file-input', HTMLElement).focus();
  }

  function scrollToTop(): void {
    const top = find('files', HTMLElement).getBoundingClientRect().top;
    if (top < 0) scrollBy(0, top);
  }

  function onClick(event: MouseEvent): void {
    const { target, shiftKey } = event;
    const name = target instanceof Element ? target.closest<HTMLElement>('li')?.dataset['name'] : undefined;
    if (!(target instanceof Element) || name === undefined) return;
    const isBox = target.matches('input');
    const isPlain = target.matches('.name') && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isBox || (isPlain && selection.size() > 0)) {
      // A box has already changed by itself.
      if (!isBox) event.preventDefault();
      if (shiftKey) selection.extend(name, grid.entries());
      else selection.toggle(name);
    } else if (isPlain && !shiftKey && viewable.some((file) => file.name === name)) {
      event.preventDefault();
      go({ folder, file: name }, 'push');
      showPlace();
    }
  }

  const removeSelected = () => void removeNames(selection.names());
  list.addEventListener('click', onClick);
  watchKeys(list, grid, selection, removeSelected);
  addEventListener('popstate', showPlace);
  search.addEventListener('input', show);
  sort.addEventListener('change', show);
  trouble.querySelector('button')?.addEventListener('click', () => void library.refresh());
  find('select-all', HTMLElement).addEventListener('click', () => selection.all(grid.entries()));
  find('clear-selection', HTMLElement).addEventListener('click', () => selection.clear());
  find('delete-selected', HTMLElement).addEventListener('click', removeSelected);
  find('download-selected', HTMLElement).addEventListener('click', () => {
    void save(
      owner,
      selection.names().flatMap((name) => library.get(name) ?? []),
    );
  });

  return {
    refresh: library.refresh,
    look: library.look,
    folder: () => folder,
    /** New files are then seen first. */
    showNewest(): void {
      search.value = '';
      sort.value = 'newest';
      show();
      scrollToTop();
    },
    drop: library.drop,
    clear(): void {
      selection.clear();
      library.clear();
      lightbox.hide();
    },
  };
}

/** Goes to a place, as a new step of the browser's history or in place of the present step. */
function go(place: Place, how: 'push' | 'replace'): void {
  const address = location.pathname + location.search + hashOf(place);
  if (how === 'push') history.pushState({ isOver: true }, '', address);
  else history.replaceState(history.state, '', address);
}

/**
 * Leaves a file for its folder. If a step led to the file, this is a step back. Otherwise the folder replaces the file
 * in the history.
 * @param onLeft called once the address is the folder's. Listeners to `popstate` are called before it
 */
function leaveFile(folder: string, onLeft: () => void): void {
  if (isOver(history.state)) {
    addEventListener('popstate', onLeft, { once: true });
    history.back();
    return;
  }
  go({ folder }, 'replace');
  onLeft();
}

function isOver(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'isOver' in state;
}

/** The folders that lead to the shown folder, each as a link, and the number of shown files. */
function showPath(folder: string, files: number): void {
  const steps = folder.split('/').slice(0, -1);
  const links = ['', ...steps].map((label, index) => {
    const path = steps.slice(0, index).map((step) => `${step}/`);
    const here: { 'aria-current'?: string } = index === steps.length ? { 'aria-current': 'page' } : {};
    const words = index === 0 ? text('yourFiles') : label || '/';
    return create(
      'li',
      {},
      create('a', { href: hashOf({ folder: path.join('') }), title: words, ...here }, words),
    );
  });
  find('path', HTMLElement).replaceChildren(...links);
  find('count', HTMLElement).textContent =
    files === 1 ? text('oneFile') : text('manyFiles', { count: NUMBER.format(files) });
}
