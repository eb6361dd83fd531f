import type { Folder, ListedFile, ListedTeam, Listing } from '@cloudfront-cookie-gateway/client';
import { signal } from '@preact/signals';
import { isLost } from '../words/words.ts';

/** Whose files the page can show: the files, the links to them, and the cookies that open them. */
export interface Owner extends Folder {
  /** The team, as the host told of it last. Undefined for the signed-in user. */
  readonly team: ListedTeam | undefined;
}

/** Whether the person may add, replace, delete and share files of an owner. */
export function mayChange({ team }: Owner): boolean {
  return team?.role !== 'viewer';
}

type State = 'reading' | 'read' | 'failed';

/** The most files that the host lists at once. */
const PAGE = 1_000;

/** A scan takes a second here, and up to some minutes on AWS. The list is asked again after these times, in ms. */
const SCAN_LOOKS = { first: 1_500, last: 30_000 };

/**
 * All files of an owner. The page reads the list once. After its own changes it reads, or drops, single files. While a
 * file is scanned, it reads the list again and again. What is drawn from it is drawn again after each change.
 */
function createLibrary({ files: host }: Owner) {
  let files = new Map<string, ListedFile>();
  let state: State = 'reading';
  const shown = signal<{ files: Map<string, ListedFile>; state: State }>({ files, state });
  /** The reading that counts. An earlier reading does not. */
  let turn: symbol | undefined;
  /** The changes since the reading began. Undefined means that the file is gone. */
  let touched = new Map<string, ListedFile | undefined>();
  let isDue = false;
  let waitMs = SCAN_LOOKS.first;

  function tell(): void {
    shown.value = { files, state };
    // A list that fails ends this, such as after a sign-out. A lost network goes on when it is back.
    if (isDue || state !== 'read') return;
    if (![...files.values()].some(({ scan }) => scan === 'scanning')) {
      waitMs = SCAN_LOOKS.first;
      return;
    }
    isDue = true;
    setTimeout(() => {
      isDue = false;
      void refresh();
    }, waitMs);
    waitMs = Math.min(waitMs * 2, SCAN_LOOKS.last);
  }

  async function refresh(): Promise<void> {
    const mine = Symbol();
    turn = mine;
    touched = new Map();
    const found = new Map<string, ListedFile>();
    const isFirst = state !== 'read';
    if (isFirst) state = 'reading';
    try {
      for await (const { files: listed, folders, cursor } of pagesOf(host)) {
        if (mine !== turn) return;
        for (const file of listed) found.set(file.name, file);
        for (const name of folders ?? []) found.set(`${name}/`, emptyFolder(`${name}/`));
        for (const [name, file] of touched) put(found, name, file);
        if (cursor === undefined) state = 'read';
        else if (!isFirst) continue;
        files = found;
        tell();
      }
    } catch (error) {
      if (mine !== turn) return;
      state = 'failed';
      tell();
      if (isLost(error)) addEventListener('online', () => mine === turn && void refresh());
    }
  }

  function change(name: string, file: ListedFile | undefined): void {
    touched.set(name, file);
    put(files, name, file);
    tell();
  }

  return {
    refresh,
    all: () => shown.value.files.values(),
    get: (name: string) => shown.value.files.get(name),
    state: () => shown.value.state,
    /** Reads one file again after it has come or changed. */
    async look(name: string): Promise<void> {
      const mine = turn;
      const file = await findFile(host, name);
      if (mine === turn) change(name, file);
      // A reading that has begun meanwhile may have passed the file.
      else touched.set(name, file);
    },
    drop: (name: string) => change(name, undefined),
    /** Drops many files at once. */
    dropAll(names: readonly string[]): void {
      for (const name of names) {
        touched.set(name, undefined);
        files.delete(name);
      }
      shown.value = { files, state };
    },
  };
}

/** The names of all files in folders, and of the files themselves. */
export function namesIn(library: Library, keys: readonly string[]): string[] {
  const wanted = new Set(keys);
  const folders = keys.filter((key) => key.endsWith('/'));
  return [...library.all()].flatMap(({ name }) =>
    !name.endsWith('/') && (wanted.has(name) || folders.some((folder) => name.startsWith(folder)))
      ? [name]
      : [],
  );
}

/** A folder without files is in the list as a file of this kind. The other folders are in the names of files. */
function emptyFolder(name: string): ListedFile {
  return { name, size: 0, type: '', etag: '', lastModified: '', url: '' };
}

export type Library = ReturnType<typeof createLibrary>;

const libraries = new Map<Owner, Library>();

/** The list of an owner, once the page has asked for it. So no file of one comes into the list of another. */
export function libraryOf(owner: Owner): Library {
  const library = libraries.get(owner) ?? createLibrary(owner);
  libraries.set(owner, library);
  return library;
}

/** Forgets the files of an owner, or of all. */
export function forgetFiles(owner?: Owner): void {
  if (owner) libraries.delete(owner);
  else libraries.clear();
}

async function* pagesOf(host: Owner['files']): AsyncGenerator<Listing> {
  let page: Listing | undefined;
  do {
    page = await host.list({ limit: PAGE, cursor: page?.cursor });
    yield page;
  } while (page.cursor !== undefined);
}

async function findFile(host: Owner['files'], name: string): Promise<ListedFile | undefined> {
  const { files } = await host.list({ prefix: name, limit: 1 });
  // In S3's order a name comes before the longer names that begin with it.
  return files.find((file) => file.name === name);
}

function put(files: Map<string, ListedFile>, name: string, file: ListedFile | undefined): void {
  if (file) files.set(name, file);
  else files.delete(name);
}
