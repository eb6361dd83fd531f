import { find } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { createFileCard, createFolderCard, type Entry, type FileActions, markCard } from './card.ts';
import { createGrid, type Grid } from './grid.ts';
import { mayChange, type Owner } from './library.ts';
import { createSelection, type Selection } from './selection.ts';

/**
 * The cards of the shown folder, and the selection among them.
 * @param owner gives whose files they are
 * @param open opens a file in place. Returns false if the browser does not show such a file
 */
export function createGallery(owner: () => Owner, actions: FileActions, open: (name: string) => boolean) {
  const list = find('gallery', HTMLElement);
  const selection = createSelection(showSelection);
  const grid = createGrid(list, createCard);

  function createCard(entry: Entry): HTMLElement {
    if (entry.kind === 'folder') return createFolderCard(entry, owner().team?.id);
    const card = createFileCard(entry, mayChange(owner()), actions);
    return markCard(card, selection.has(entry.file.name));
  }

  /** Shows the bar of the selection instead of the tools. */
  function showSelection(): void {
    const size = selection.size();
    find('tools', HTMLElement).hidden = size > 0;
    find('selection', HTMLElement).hidden = size === 0;
    for (const id of ['rename-selected', 'versions-selected']) {
      find(id, HTMLButtonElement).disabled = size !== 1;
    }
    find('selected', HTMLElement).textContent = text('selected', { count: NUMBER.format(size) });
    list.classList.toggle('selecting', size > 0);
    for (const card of grid.cards()) {
      if (card instanceof HTMLElement) markCard(card, selection.has(card.dataset['name'] ?? ''));
    }
  }

  const deleteSelected = () => {
    if (mayChange(owner())) actions.delete(selection.names());
  };
  watchClicks(list, grid, selection, open);
  watchKeys(list, grid, selection, deleteSelected);
  find('select-all', HTMLElement).addEventListener('click', () => selection.all(grid.entries()));
  find('clear-selection', HTMLElement).addEventListener('click', () => selection.clear());
  find('delete-selected', HTMLElement).addEventListener('click', deleteSelected);
  find('share-selected', HTMLElement).addEventListener('click', () => actions.share(selection.names()));
  const one = () => selection.names()[0] ?? '';
  find('rename-selected', HTMLElement).addEventListener('click', () => actions.rename(one()));
  find('versions-selected', HTMLElement).addEventListener('click', () => actions.versions(one()));
  find('move-selected', HTMLElement).addEventListener('click', () => actions.move(selection.names()));
  find('copy-selected', HTMLElement).addEventListener('click', () => actions.copy(selection.names()));
  find('download-selected', HTMLElement).addEventListener('click', () => actions.download(selection.names()));

  return {
    /** @param isThere whether the owner still has a file with this name, also outside the shown folder */
    show(entries: readonly Entry[], isThere: (name: string) => boolean): void {
      grid.show(entries);
      selection.keep(isThere);
    },
    clearSelection: selection.clear,
    /** Drops all cards, and the selection. */
    forget(): void {
      selection.clear();
      grid.forget();
    },
    /** Gives the focus to the card of a file. */
    focus: (name: string) => grid.focus(grid.entries().findIndex((entry) => nameOf(entry) === name)),
  };
}

function nameOf(entry: Entry | undefined): string | undefined {
  return entry?.kind === 'file' ? entry.file.name : undefined;
}

/** A click on a name opens the file, or selects it as long as something is selected. */
function watchClicks(
  list: HTMLElement,
  grid: Grid,
  selection: Selection,
  open: (name: string) => boolean,
): void {
  list.addEventListener('click', (event) => {
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
    } else if (isPlain && !shiftKey && open(name)) event.preventDefault();
  });
}

/** The keys of the gallery, besides Tab and Enter. */
function watchKeys(list: HTMLElement, grid: Grid, selection: Selection, onDelete: () => void): void {
  const nameAt = (index: number) => nameOf(grid.entries()[index]);

  function move(to: number, isRange: boolean, from: number): void {
    const index = Math.min(Math.max(to, 0), grid.entries().length - 1);
    grid.focus(index);
    const [start, end] = [nameAt(from), nameAt(index)];
    if (!isRange || end === undefined) return;
    if (start !== undefined && selection.size() === 0) selection.toggle(start, true);
    selection.extend(end, grid.entries());
  }

  const steps = (): { [key: string]: number | undefined } => {
    const columns = grid.columns();
    const end = grid.entries().length;
    return {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      Home: -end,
      End: end,
    };
  };

  list.addEventListener('keydown', (event) => {
    const { key, target, shiftKey } = event;
    // With these keys, the arrows are the browser's own: Alt and an arrow go back and forward.
    const isChord = event.altKey || event.ctrlKey || event.metaKey;
    const isLink = target instanceof Element && target.matches('.name');
    const at = grid.indexOf(target instanceof Element ? target : null);
    if (at < 0) return;
    const step = isLink && !isChord ? steps()[key] : undefined;
    const name = nameAt(at);
    if (step !== undefined) move(at + step, shiftKey, at);
    else if (key === ' ' && isLink && name !== undefined) selection.toggle(name);
    else if (key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) selection.all(grid.entries());
    else if (key === 'Escape' && selection.size() > 0) selection.clear();
    else if (key === 'Delete' && (selection.size() > 0 || name !== undefined)) {
      if (selection.size() === 0 && name !== undefined) selection.toggle(name, true);
      onDelete();
    } else return;
    event.preventDefault();
  });
}
