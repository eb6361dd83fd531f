import { ApiError } from './api-error.ts';
import type { Folder, ListedFile } from './types.ts';

/** The files of a folder, as far as they have been read. */
export interface FileList {
  files: readonly ListedFile[];
  /** The empty folders that were made as such. Other folders are in the names of files. */
  folders: readonly string[];
  hasMore: boolean;
  /** A page is on its way. */
  isLoading: boolean;
  /** Why the last page did not come. The files that are there stay, unless the user is no member of the team any more. */
  error?: unknown;
}

export const NO_FILES: FileList = { files: [], folders: [], hasMore: false, isLoading: false };
const UNKNOWN_FILES: FileList = { ...NO_FILES, isLoading: true };

/** Reads the list of a folder while somebody listens, page by page. */
export function createFileList({ files: { list } }: Pick<Folder, 'files'>, prefix: string | undefined) {
  const PAGE = 100;
  const MAX_PAGE = 1_000;
  const listeners = new Set<() => void>();
  let state = UNKNOWN_FILES;
  let cursor: string | undefined;
  let reading = new AbortController();

  function set(next: Partial<FileList>): void {
    state = { ...state, ...next };
    for (const listener of listeners) listener();
  }

  /** Reads on until there are so many files. A reading that is under way ends. */
  async function read(start: Pick<FileList, 'files' | 'folders'>, count: number): Promise<void> {
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    let { files, folders } = start;
    let next = files.length > 0 ? cursor : undefined;
    set({ isLoading: true });
    try {
      do {
        const limit = Math.min(Math.max(count - files.length, PAGE), MAX_PAGE);
        const page = await list({ prefix, cursor: next, limit, signal });
        files = [...files, ...page.files];
        folders = [...folders, ...(page.folders ?? [])];
        next = page.cursor;
      } while (next !== undefined && files.length < count);
      if (signal.aborted) return;
      cursor = next;
      set({ files, folders, hasMore: next !== undefined, isLoading: false, error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      const isStranger = error instanceof ApiError && error.code === 'no_such_team';
      set({ ...(isStranger && NO_FILES), isLoading: false, error });
    }
  }

  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      if (listeners.size === 1) void read(NO_FILES, 0);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) reading.abort();
      };
    },
    getSnapshot: () => state,
    /** Reads the next page, if there is one and no other is on its way. */
    async loadMore(): Promise<void> {
      if (state.hasMore && !state.isLoading) await read(state, state.files.length + 1);
    },
    /** Reads as many files again as there are. @param update what is shown until then */
    async mutate(update?: (files: readonly ListedFile[]) => readonly ListedFile[]): Promise<void> {
      const { length } = state.files;
      if (update) set({ files: update(state.files) });
      await read(NO_FILES, length);
    },
  };
}
