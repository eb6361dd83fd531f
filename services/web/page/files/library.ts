import type { Folder, ListedFile, ListedTeam, Listing } from '@cloudfront-cookie-gateway/client';
import { isLost } from '../words/words.ts';

/** Whose files the page can show: the files, the links to them, and the cookies that open them. */
export interface Owner extends Folder {
  /** The team, as the host told of it last. Undefined for the signed-in user. */
  readonly team: ListedTeam | undefined;
}

/** Whose files are on the screen, and the list of them. */
export interface Shown {
  owner(): Owner;
  library(): Library;
}

/** Whether the person may add, replace, delete and share files of an owner. */
export function mayChange({ team }: Owner): boolean {
  return team?.role !== 'viewer';
}

/** The most files that the host lists at once. */
const PAGE = 1_000;

/** A scan takes a second here, and up to some minutes on AWS. The list is asked again after these times, in ms. */
const SCAN_LOOKS = { first: 1_500, last: 30_000 };

/**
 * All files of an owner. The page reads the list once. After its own changes it reads, or drops, single files. While a
 * file is scanned, it reads the list again and again.
 * @param onChange called after each page of the first reading, and after each change
 */
export function createLibrary({ files: host }: Owner, onChange: () => void) {
  let files = new Map<string, ListedFile>();
  let state: 'reading' | 'read' | 'failed' = 'reading';
  /** The reading that counts. An earlier reading does not. */
  let turn: symbol | undefined;
  /** The changes since the reading began. Undefined means that the file is gone. */
  let touched = new Map<string, ListedFile | undefined>();
  let isDue = false;
  let waitMs = SCAN_LOOKS.first;

  function tell(): void {
    onChange();
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
    all: () => files.values(),
    get: (name: string) => files.get(name),
    state: () => state,
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
      onChange();
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
