import type { ErrorCode } from './api-error.ts';
import type { Folder, Stoppable } from './types.ts';

/** A folder whose files are moved: a gateway, or a team of it. */
export type FilesOf = Pick<Folder, 'asUser'> & {
  /** The id of the team. Missing for the user's own folder. */
  id?: string;
};

export interface MoveOptions extends Stoppable {
  /** The file may take the place of another one. Otherwise the methods throw `file_exists`. */
  replace?: boolean | undefined;
  /** The folder that gets the file. By default, the same folder. */
  into?: FilesOf | undefined;
}

export interface MovedFile {
  /** The name as it was stored: in Unicode's composed form (NFC). */
  name: string;
  /** The address and the version. Missing above 1 GB. */
  url?: string;
  etag?: string;
  /** How many shares of the old name have ended. */
  sharesEnded?: number;
}

/** A version of a file that is kept. */
export interface NamedVersion {
  name: string;
  version: string;
}

/** A file for which the app host did not do what was asked. `code` is that of an ApiError. */
export interface FailedFile {
  name: string;
  code: ErrorCode;
}

export interface DeletedFiles {
  /** With the version that restores the file, if a trash is kept. */
  deleted: { name: string; version?: string }[];
  failed: FailedFile[];
}

export interface RestoredFiles {
  restored: { name: string }[];
  failed: FailedFile[];
}

export interface TrashedFile extends NamedVersion {
  /** Bytes. */
  size: number;
  deletedAt: string;
  /** When it is deleted for ever. */
  goesAt: string;
}

export interface TrashListing {
  files: TrashedFile[];
  /** The cursor of the next page. Missing on the last page. */
  cursor?: string;
}

export interface FileVersion {
  version: string;
  /** Bytes. */
  size: number;
  etag: string;
  lastModified: string;
  /** Whether the file has this content now. */
  current: boolean;
}

/** A new name of a file or a folder. Names of folders end in `/`. */
export interface Move {
  from: string;
  to: string;
}

/** Whether a file takes the place of another one, gets a name beside it (`cat (2).png`), or stays where it is. */
export type Choice = 'replace' | 'keep' | 'skip';

/** A file whose new name is taken. */
export interface Meeting {
  /** The new name. */
  name: string;
  /** Bytes. */
  size: number;
  /** The file that has the name. Missing if it came during the operation. */
  present?: { size: number; lastModified: string };
}

export interface Progress {
  /** How many files are done, were left out, or failed. */
  done: number;
  count: number;
}

export interface BatchOptions {
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Begins nothing new. The call rejects with the reason of the signal when what was begun has ended. */
  signal?: AbortSignal | undefined;
}

export interface MoveAllOptions extends BatchOptions {
  /** The folder that gets the files. By default, the same one. */
  into?: FilesOf | undefined;
  /** Called at most once, with all files whose names are taken. By default, they are left where they are. */
  onMeet?: ((meetings: Meeting[]) => Choice | Promise<Choice>) | undefined;
}

export interface MovedFiles {
  /** How many files are in their new place. */
  moved: number;
  /** The names of files that were left where they are. */
  skipped: string[];
  failed: FailedFile[];
}
