import type { Gateway, ListedFile } from '@cloudfront-cookie-gateway/client';

export type Library = ReturnType<typeof createLibrary>;

/** The most files that the host lists at once. */
const PAGE = 1_000;

/**
 * All files of the user. The page reads the list once. After its own changes it reads, or drops, single files.
 * @param onChange called after each page of the first reading, and after each change
 */
export function createLibrary(gateway: Gateway, onChange: () => void) {
  let files = new Map<string, ListedFile>();
  let state: 'reading' | 'read' | 'failed' = 'reading';
  /** The number of the reading that counts. An earlier reading does not, nor one that ends after a sign-out. */
  let turn = 0;
  /** The changes since the reading began. Undefined means that the file is gone. */
  let touched = new Map<string, ListedFile | undefined>();

  async function refresh(): Promise<void> {
    const mine = ++turn;
    touched = new Map();
    const found = new Map<string, ListedFile>();
    const isFirst = state !== 'read';
    if (isFirst) state = 'reading';
    try {
      let cursor: string | undefined;
      do {
        const page = await gateway.files.list({ limit: PAGE, cursor });
        if (mine !== turn) return;
        for (const file of page.files) found.set(file.name, file);
        for (const [name, file] of touched) put(found, name, file);
        cursor = page.cursor;
        if (cursor === undefined) state = 'read';
        else if (!isFirst) continue;
        files = found;
        onChange();
      } while (cursor !== undefined);
    } catch {
      if (mine !== turn) return;
      state = 'failed';
      onChange();
    }
  }

  function change(name: string, file: ListedFile | undefined): void {
    touched.set(name, file);
    put(files, name, file);
    onChange();
  }

  return {
    refresh,
    all: () => files.values(),
    get: (name: string) => files.get(name),
    state: () => state,
    /** Reads one file again after it has come or changed. */
    async look(name: string): Promise<void> {
      const mine = turn;
      const { files: listed } = await gateway.files.list({ prefix: name, limit: 1 });
      // In S3's order a name comes before the longer names that begin with it.
      if (mine === turn)
        change(
          name,
          listed.find((file) => file.name === name),
        );
      // A reading that has begun meanwhile may have passed the file.
      else
        touched.set(
          name,
          listed.find((file) => file.name === name),
        );
    },
    drop: (name: string) => change(name, undefined),
    clear(): void {
      turn++;
      files = new Map();
      touched = new Map();
      state = 'reading';
      onChange();
    },
  };
}

function put(files: Map<string, ListedFile>, name: string, file: ListedFile | undefined): void {
  if (file) files.set(name, file);
  else files.delete(name);
}
