import { announce, create, find, focusAgain } from '../dom.ts';
import { prefer, preferred } from '../preferences.ts';
import { NUMBER, plain, text } from '../words/language.ts';
import { nameOf } from '../words/words.ts';
import { hashOf, type Place, placeOf } from './address.ts';
import { arrange, sortOf, type Wanted } from './arrange.ts';
import { countFiles, type Entry, type FileActions } from './card.ts';
import { createGallery } from './gallery.ts';
import { go } from './history.ts';
import { createLibrary, type Library, type Owner, type Shown } from './library.ts';
import { photosOf } from './photos.ts';
import { createViewer } from './viewer.ts';

export interface BrowseActions extends Omit<FileActions, 'delete' | 'download'> {
  delete(owner: Owner, names: readonly string[]): Promise<void>;
  /** The page shows the files of another owner now, or anew. `isListed` resolves when their list has come, or failed. */
  onEnter(owner: Owner, isListed: Promise<void>): void;
  /** The address names a team that is not known. */
  onStranger(): void;
  onPlace: ScreenActions['onPlace'];
}

/** Those whose files the page can show. */
export interface KnownOwners {
  own: Owner;
  /** The owner of a team's files, or the user without a team. Undefined for a team that is not known. */
  of(team: string | undefined): Owner | undefined;
}

/** The files of one owner after another: the list of them, a part of it on the screen, and the actions of the person. */
export function createBrowse(owners: KnownOwners, actions: BrowseActions) {
  let owner: Owner = owners.own;
  const libraries = createLibraries((of) => of === owner && screen.show());
  const shown = { owner: () => owner, library: () => libraries.of(owner) };
  const screen = createScreen(shown, {
    ...actions,
    delete: (names) => void deleteFiles(owner, names),
    download(names) {
      const files = names.flatMap((name) => shown.library().get(name) ?? []);
      // Its scripts load at the first download.
      import('./save.ts').then(
        ({ save }) => save(owner, files),
        () => announce(text('partMissing')),
      );
    },
    onElsewhere: follow,
  });

  /** Shows the files of the owner that the address names. */
  function follow(): void {
    const named = owners.of(placeOf(location.hash).team);
    if (named) enter(named);
    else actions.onStranger();
  }

  function enter(next: Owner): void {
    owner = next;
    screen.begin();
    actions.onEnter(next, shown.library().refresh());
  }

  async function deleteFiles(of: Owner, names: readonly string[]): Promise<void> {
    await actions.delete(of, names);
    // The pressed button may have gone with the file.
    if (document.activeElement === document.body) focusAgain();
  }

  find('trouble', HTMLElement)
    .querySelector('button')
    ?.addEventListener('click', () => void shown.library().refresh());

  return {
    owner: shown.owner,
    libraryOf: libraries.of,
    follow,
    place: screen.place,
    showNewest: screen.showNewest,
    /** Files of an owner are gone. */
    drop(of: Owner, names: readonly string[]): void {
      if (of === owner) for (const name of names) screen.pass(name);
      libraries.of(of).dropAll(names);
    },
    /** A file of an owner has another name. */
    async rename(of: Owner, name: string, to: string): Promise<void> {
      const library = libraries.of(of);
      // If this fails, the file is renamed all the same.
      await library.look(to).catch(() => library.refresh());
      if (of === owner) screen.rename(name, to);
      library.drop(name);
    },
    /** Draws the files again: the person's role has changed, or the name of the team. */
    redraw: screen.begin,
    /** Forgets the files of an owner. */
    forget: libraries.forget,
    /** Forgets everything. */
    clear(): void {
      owner = owners.own;
      libraries.clear();
      screen.begin();
    },
  };
}

/** A list for each owner whose files have been shown. So no file of one comes into the list of another. */
function createLibraries(onChange: (owner: Owner) => void) {
  const libraries = new Map<Owner, Library>();

  return {
    of(owner: Owner): Library {
      const known = libraries.get(owner) ?? createLibrary(owner, () => onChange(owner));
      libraries.set(owner, known);
      return known;
    },
    forget: (owner: Owner) => libraries.delete(owner),
    clear: () => libraries.clear(),
  };
}

interface ScreenActions extends FileActions {
  /** The address names another owner than the shown one. */
  onElsewhere(): void;
  /** The page shows another place, or the same place anew. */
  onPlace(place: Place): void;
}

/** The folder that the address names, or a search in it, and the open file. */
function createScreen(shown: Shown, actions: ScreenActions) {
  const view = createView(shown, show);
  const viewer = createViewer(shown, {
    ...actions,
    place: view.place,
    onLeft(name) {
      followAddress();
      // The focus goes to the card of the file that was seen last, even after steps with the arrows.
      gallery.focus(name);
    },
  });
  const gallery = createGallery(shown, { ...actions, open: viewer.open });
  addEventListener('popstate', followAddress);

  function show(): void {
    const library = shown.library();
    const wanted = view.now();
    const { view: shownView } = view.place();
    const entries: Entry[] =
      shownView === 'photos' ? photosOf(library.all(), wanted.query) : arrange(library.all(), wanted);
    const files = entries.flatMap((entry) => (entry.kind === 'file' ? [entry.file] : []));
    viewer.choose(files);
    showState(library.state(), entries.length === 0, wanted.query);
    gallery.look(shownView);
    gallery.show(entries);
    showPath(view.place(), shown.owner());
    showCount(entries.length - files.length, files.length);
    actions.onPlace(view.place());
    followAddress();
  }

  function followAddress(): void {
    const place = placeOf(location.hash);
    const now = view.place();
    if (place.team !== now.team) actions.onElsewhere();
    // A file that a search has found may be in a folder below.
    else if (isSame(place, now) || viewer.has(place.file)) viewer.follow(place.file);
    else {
      gallery.clearSelection();
      view.enter(place);
    }
  }

  return {
    show,
    /** Begins with the files of another owner. */
    begin(): void {
      gallery.forget();
      view.enter(placeOf(location.hash));
    },
    place: view.place,
    showNewest: view.showNewest,
    pass: viewer.pass,
    rename: viewer.rename,
  };
}

function isSame(a: Place, b: Place): boolean {
  return a.view === b.view && a.folder === b.folder && a.query === b.query;
}

/** What the person wants to see: a folder, a search, and an order. The address has the first two, so a reload keeps them. */
function createView(shown: Shown, onChange: () => void) {
  const search = find('search', HTMLInputElement);
  const sort = find('sort', HTMLSelectElement);
  let { view, folder } = placeOf(location.hash);
  const place = (): Place => ({
    ...(view && { view }),
    team: shown.owner().team?.id,
    folder,
    ...(search.value && { query: search.value }),
  });

  sort.value = sortOf(preferred('sort'));
  sort.addEventListener('change', () => {
    prefer('sort', sort.value);
    onChange();
  });
  search.addEventListener('input', () => {
    go(place(), 'replace');
    onChange();
  });

  return {
    now: (): Wanted => ({ folder, query: search.value, sort: sortOf(sort.value) }),
    place,
    enter(wanted: Place): void {
      ({ view, folder } = wanted);
      search.value = wanted.query ?? '';
      scrollToTop();
      onChange();
    },
    /** New files are then seen first. */
    showNewest(): void {
      search.value = '';
      if (view === 'shared') view = undefined;
      sort.value = 'newest';
      go(place(), 'replace');
      onChange();
      scrollToTop();
    },
  };
}

function scrollToTop(): void {
  scrollTo({ top: 0 });
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

/** The folders that lead to the shown folder, each as a link. The photos of a team come after its files. */
function showPath({ view, folder }: Place, { team }: Owner): void {
  const of = team?.id;
  const start = view && !team ? plain(view) : nameOf(team);
  const steps = folder.split('/').slice(0, -1);
  const folders = ['', ...steps].map((label, index) => {
    const path = steps.slice(0, index).map((step) => `${step}/`);
    const place = { view: team ? undefined : view, team: of, folder: path.join('') };
    return { place, words: index === 0 ? start : label || '/' };
  });
  const photos = view && team ? [{ place: { view, team: of, folder: '' }, words: plain(view) }] : [];
  const all = [...folders, ...photos];
  const links = all.map(({ place, words }, index) => {
    const here: { 'aria-current'?: string } = index === all.length - 1 ? { 'aria-current': 'page' } : {};
    const target = { href: hashOf(place), 'data-folder': place.folder, title: words };
    return create('li', {}, create('a', { ...target, ...here }, words));
  });
  find('path', HTMLElement).replaceChildren(...links);
}

/** The number of shown folders and files. */
function showCount(folders: number, files: number): void {
  const count = NUMBER.format(folders);
  const words = [
    ...(folders > 0 ? [folders === 1 ? text('oneFolder') : text('manyFolders', { count })] : []),
    ...(files > 0 || folders === 0 ? [countFiles(files)] : []),
  ];
  find('count', HTMLElement).textContent = words.join(text('comma'));
}
