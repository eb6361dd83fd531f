import { create, find } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { hashOf, placeOf } from './address.ts';
import { arrange, sortOf, type View } from './arrange.ts';
import type { FileActions } from './card.ts';
import { createGallery } from './gallery.ts';
import { createLibrary, type Library, type Owner } from './library.ts';
import { remove } from './remove.ts';
import { save } from './save.ts';
import { createViewer } from './viewer.ts';

export interface BrowseActions extends Pick<FileActions, 'replace' | 'share' | 'addThumbnail'> {
  onDeleted(): void;
}

/** The files of an owner: the list of them, a part of it on the screen, and the actions of the person. */
export function createBrowse(owner: Owner, actions: BrowseActions) {
  const library = createLibrary(owner, () => screen.show());
  const screen = createScreen(owner, library, {
    ...actions,
    delete: (names) => void deleteFiles(names),
    download(names) {
      const files = names.flatMap((name) => library.get(name) ?? []);
      void save(owner, files);
    },
  });

  async function deleteFiles(names: readonly string[]): Promise<void> {
    const isDeleted = await remove(owner, names, (name) => {
      screen.pass(name);
      library.drop(name);
    });
    if (isDeleted) actions.onDeleted();
    // The pressed button may have gone with the file.
    if (document.activeElement === document.body) find('file-input', HTMLElement).focus();
  }

  find('trouble', HTMLElement)
    .querySelector('button')
    ?.addEventListener('click', () => void library.refresh());

  return {
    refresh: library.refresh,
    look: library.look,
    drop: library.drop,
    folder: screen.folder,
    showNewest: screen.showNewest,
    clear(): void {
      screen.clearSelection();
      library.clear();
      screen.hideFile();
    },
  };
}

/** The folder that the address names, or a search in it, and the open file. */
function createScreen(owner: Owner, library: Library, actions: FileActions) {
  const view = createView(show);
  const viewer = createViewer(owner, library, {
    ...actions,
    folder: view.folder,
    onLeft(name) {
      followAddress();
      // The focus goes to the card of the file that was seen last, even after steps with the arrows.
      gallery.focus(name);
    },
  });
  const gallery = createGallery(actions, viewer.open);
  addEventListener('popstate', followAddress);

  function show(): void {
    const shown = view.now();
    const entries = arrange(library.all(), shown);
    const files = entries.flatMap((entry) => (entry.kind === 'file' ? [entry.file] : []));
    viewer.choose(files);
    showState(library.state(), entries.length === 0, shown.query);
    gallery.show(entries, (name) => library.get(name) !== undefined);
    showPath(shown.folder, files.length);
    followAddress();
  }

  function followAddress(): void {
    const { folder, file } = placeOf(location.hash);
    // A file that a search has found may be in a folder below.
    if (folder === view.folder() || viewer.has(file)) viewer.follow(file);
    else {
      gallery.clearSelection();
      view.enter(folder);
    }
  }

  return {
    show,
    folder: view.folder,
    showNewest: view.showNewest,
    clearSelection: gallery.clearSelection,
    pass: viewer.pass,
    hideFile: viewer.hide,
  };
}

/** What the person wants to see: a folder, a search, and an order. */
function createView(onChange: () => void) {
  const search = find('search', HTMLInputElement);
  const sort = find('sort', HTMLSelectElement);
  let folder = placeOf(location.hash).folder;
  search.addEventListener('input', onChange);
  sort.addEventListener('change', onChange);

  return {
    now: (): View => ({ folder, query: search.value, sort: sortOf(sort.value) }),
    folder: () => folder,
    enter(wanted: string): void {
      folder = wanted;
      search.value = '';
      scrollToTop();
      onChange();
    },
    /** New files are then seen first. */
    showNewest(): void {
      search.value = '';
      sort.value = 'newest';
      onChange();
      scrollToTop();
    },
  };
}

function scrollToTop(): void {
  const top = find('files', HTMLElement).getBoundingClientRect().top;
  if (top < 0) scrollBy(0, top);
}

/** Says why no file is there: the folder is empty, the search finds nothing, or the list has not come. */
function showState(state: ReturnType<Library['state']>, isEmpty: boolean, query: string): void {
  find('empty', HTMLElement).hidden = !isEmpty || state !== 'read' || query !== '';
  const noMatch = find('no-match', HTMLElement);
  noMatch.hidden = !isEmpty || state !== 'read' || query === '';
  noMatch.textContent = text('noMatch', { query });
  find('loading', HTMLElement).hidden = !isEmpty || state !== 'reading';
  find('trouble', HTMLElement).hidden = state !== 'failed';
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
