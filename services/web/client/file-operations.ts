import type { ErrorCode } from './api-error.ts';
import { ApiError } from './api-error.ts';
import type {
  DeletedFiles,
  FilesOf,
  FileVersion,
  MovedFile,
  MoveOptions,
  NamedVersion,
  TrashListing,
} from './file-operations-types.ts';
import { persist, unlessAborted } from './send.ts';
import type { Method, RequestApi, Stoppable, UploadedFile } from './types.ts';

/**
 * What can be done with the files of a folder besides what every page needs. All methods throw ApiError, or the reason
 * of `signal`. If nothing is kept, those of `trash` and `versions` throw `no_trash`.
 */
export interface FileOperations {
  /**
   * Moves or renames a file. Its shares end. Above 1 GB, the app host does it in the background, and this waits for it.
   */
  move(from: string, to: string, options?: MoveOptions): Promise<MovedFile>;
  /** Copies a file inside S3. */
  copy(from: string, to: string, options?: MoveOptions): Promise<MovedFile>;
  /** Deletes up to 1,000 files at once. */
  delete(names: readonly string[], options?: Stoppable): Promise<DeletedFiles>;
  /** Makes an empty folder. @throws ApiError `file_exists` */
  createFolder(name: string, options?: Stoppable): Promise<void>;
  trash: {
    /** What was deleted or replaced. A page may be empty although others follow. */
    list(options?: Stoppable & { cursor?: string | undefined }): Promise<TrashListing>;
    /** @throws ApiError `file_exists` if the name is taken, `no_such_file` if it has been deleted for ever */
    restore(file: NamedVersion, options?: Stoppable): Promise<UploadedFile>;
    /** Deletes this version for ever. */
    delete(file: NamedVersion, options?: Stoppable): Promise<void>;
    /** Deletes everything in the trash for ever. */
    empty(options?: Stoppable): Promise<void>;
  };
  versions: {
    /** Newest first. */
    list(name: string, options?: Stoppable): Promise<FileVersion[]>;
    /** Makes a version the present one. The present one is kept beside the others. */
    restore(file: NamedVersion, options?: Stoppable): Promise<UploadedFile>;
  };
}

/** @param folder a gateway, or a team of it: `fileOperations(gateway.team(id))` */
export function fileOperations(folder: FilesOf): FileOperations {
  async function ask<T>(method: Method, path: string, options?: Stoppable, body?: object): Promise<T> {
    options?.signal?.throwIfAborted();
    const user = await folder.asUser();
    return unlessAborted(user.ask<T>(method, path, body), options?.signal);
  }

  const transfer =
    (kind: 'move' | 'copy') =>
    async (from: string, to: string, { signal, ...options }: MoveOptions = {}): Promise<MovedFile> => {
      signal?.throwIfAborted();
      const user = await folder.asUser();
      return unlessAborted(
        relocate(user.ask, kind, { from, to, ...wishOf(folder, options) }, signal),
        signal,
      );
    };

  return {
    move: transfer('move'),
    copy: transfer('copy'),
    delete: (names, options) => ask('POST', '/files/delete', options, { names }),
    createFolder: (name, options) => ask('POST', '/folders', options, { name }),
    trash: {
      list: (options) => ask('GET', pathWith('/trash', { cursor: options?.cursor }), options),
      restore: ({ name, version }, options) => ask('POST', '/trash/restore', options, { name, version }),
      delete: ({ name, version }, options) => ask('DELETE', pathWith('/trash', { name, version }), options),
      empty: (options) => ask('DELETE', '/trash', options),
    },
    versions: {
      async list(name, options) {
        const path = pathWith('/files/versions', { name });
        return (await ask<{ versions: FileVersion[] }>('GET', path, options)).versions;
      },
      restore: ({ name, version }, options) =>
        ask('POST', '/files/versions/restore', options, { name, version }),
    },
  };
}

/** @param values those that are undefined are left out */
export function pathWith(path: string, values: { [name: string]: string | undefined }): string {
  const query = new URLSearchParams(JSON.parse(JSON.stringify(values))).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** The body of a request to move or copy a file. */
export interface Relocation {
  from: string;
  to: string;
  replace?: boolean;
  toTeam?: string | null;
}

/** @returns how the app host is told of the folder that gets a file, and whether it may replace one */
export function wishOf(
  { id }: FilesOf,
  { into, replace }: Pick<MoveOptions, 'into' | 'replace'>,
): Pick<Relocation, 'replace' | 'toTeam'> {
  return { ...(replace && { replace }), ...(into && into.id !== id && { toTeam: into.id ?? null }) };
}

/** Moves or copies a file, and waits until it is there. @throws ApiError; the reason of `signal` */
export async function relocate(
  ask: RequestApi,
  kind: 'move' | 'copy',
  relocation: Relocation,
  signal = new AbortController().signal,
): Promise<MovedFile> {
  /** The app host does the work in the background, and is asked about it so often. */
  const PAUSE_MS = 2_000;
  const made = await ask<MovedFile | { id: string }>('POST', `/files/${kind}`, relocation);
  if ('name' in made) return made;
  for (;;) {
    await pause(PAUSE_MS, signal);
    const { state, code, name } = await persist(
      () => ask<{ state: string; code?: ErrorCode; name?: string }>('GET', `/files/moves/${made.id}`),
      signal,
    );
    if (state === 'done') return { name: name ?? relocation.to };
    if (state === 'failed') throw new ApiError(409, code ?? 'internal');
  }
}

/** Waits, but not longer than until `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return unlessAborted(new Promise((resolve) => setTimeout(resolve, ms)), signal);
}
