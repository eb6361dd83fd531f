import { ApiError } from './api-error.ts';
import { pathWith, type Relocation, relocate, wishOf } from './file-operations.ts';
import type {
  BatchOptions,
  Choice,
  DeletedFiles,
  FailedFile,
  FilesOf,
  Meeting,
  Move,
  MoveAllOptions,
  MovedFiles,
  NamedVersion,
  RestoredFiles,
} from './file-operations-types.ts';
import { freeName } from './free-name.ts';
import { persist } from './send.ts';
import type { ListedFile, Listing, RequestApi } from './types.ts';

/** The app host answers so many at once, and a user of many tabs is not refused. */
const MAX_AT_ONCE = 6;
/** The app host takes 1,000 names at once, but has 12 seconds for them. */
const NAMES_AT_ONCE = 200;
/** What the app host says of one file. Every other error is one of all files. */
const OF_ONE_FILE = ['no_such_file', 'file_exists', 'invalid_name', 'file_too_large'];

/**
 * Moves files and folders, one file at a time inside S3, several at once. A call that was cut short has left each file
 * in the old place, or in the new one, or in both. The same call again does what is left.
 * @throws ApiError, also `invalid_name` for a folder that would move into itself; the reason of `signal`
 */
export function moveAll(
  folder: FilesOf,
  moves: readonly Move[],
  options?: MoveAllOptions,
): Promise<MovedFiles> {
  return relocateAll('move', folder, moves, options);
}

/** The same for copies. Files that are there already, with the same content, are not copied again. */
export function copyAll(
  folder: FilesOf,
  moves: readonly Move[],
  options?: MoveAllOptions,
): Promise<MovedFiles> {
  return relocateAll('copy', folder, moves, options);
}

/**
 * Deletes files, and folders with all that is in them.
 * @param names those of folders end in `/`
 * @returns what was deleted, file by file, for `restoreAll`
 * @throws ApiError; the reason of `signal`
 */
export async function deleteAll(
  folder: FilesOf,
  names: readonly string[],
  options: BatchOptions = {},
): Promise<DeletedFiles> {
  const { ask } = await folder.asUser();
  const lists = names.map(async (name) => {
    if (!isFolder(name)) return [name];
    const { files, folders } = await readFolder(ask, name);
    return [...files.keys(), ...folders];
  });
  const wanted = [...new Set((await Promise.all(lists)).flat())];
  const result: DeletedFiles = { deleted: [], failed: [] };
  result.failed = await inParts(wanted, options, async (part) => {
    const { deleted, failed } = await ask<DeletedFiles>('POST', '/files/delete', { names: part });
    result.deleted.push(...deleted);
    return failed;
  });
  return result;
}

/** Takes files back from the trash. @throws ApiError; the reason of `signal` */
export async function restoreAll(
  folder: FilesOf,
  versions: readonly NamedVersion[],
  options: BatchOptions = {},
): Promise<RestoredFiles> {
  const { ask } = await folder.asUser();
  const wanted = versions.map(({ name, version }) => ({ name, version }));
  const result: RestoredFiles = { restored: [], failed: [] };
  result.failed = await inParts(wanted, options, async (files) => {
    const { restored, failed } = await ask<RestoredFiles>('POST', '/trash/restore', { files });
    result.restored.push(...restored);
    return failed;
  });
  return result;
}

/** A file, and the name that it is to get. */
interface Planned {
  file: ListedFile;
  name: string;
}

type Kind = 'move' | 'copy';

async function relocateAll(
  kind: Kind,
  folder: FilesOf,
  moves: readonly Move[],
  { into = folder, onMeet, ...options }: MoveAllOptions = {},
): Promise<MovedFiles> {
  const isSame = folder.id === into.id;
  if (isSame && moves.some(({ from, to }) => to === from || (isFolder(from) && to.startsWith(from)))) {
    throw new ApiError(422, 'invalid_name');
  }
  const [source, target] = await Promise.all([folder.asUser(), into.asUser()]);
  const [found, there] = await Promise.all([
    readFolder(source.ask, commonFolder(moves.map(({ from }) => from))),
    readFolder(target.ask, commonFolder(moves.map(({ to }) => to))),
  ]);
  const plan = moves.flatMap((move) => planOf(move, found.files.values()));
  const result: MovedFiles = { moved: 0, skipped: [], failed: [] };
  const place = createPlacing(kind, source.ask, {
    relocation: wishOf(folder, { into }),
    meet: createMeet(plan, there.files, onMeet),
    look: (name) => look(target.ask, name),
    signal: options.signal,
  });
  result.failed = await forEach(plan, options, async (planned) => {
    if (await place(planned)) result.moved++;
    else result.skipped.push(planned.file.name);
  });
  for (const { from, to } of moves) {
    for (const empty of found.folders) {
      if (!isFolder(from) || !empty.startsWith(from)) continue;
      await persistFor(options.signal, () => makeFolder(target.ask, to + empty.slice(from.length)));
      if (kind === 'move') {
        await persistFor(options.signal, () => source.ask('POST', '/files/delete', { names: [empty] }));
      }
    }
  }
  return result;
}

/** The files that a move takes along. */
function planOf({ from, to }: Move, files: Iterable<ListedFile>): Planned[] {
  const isMoved = isFolder(from)
    ? ({ name }: ListedFile) => name.startsWith(from)
    : ({ name }: ListedFile) => name === from;
  return [...files].filter(isMoved).map((file) => ({
    file,
    // The app host stores this form.
    name: (to + file.name.slice(from.length)).normalize('NFC'),
  }));
}

/** What becomes of a file whose name is taken. */
interface Meet {
  /** The different file that has the name, as far as it is known. */
  present(name: string): ListedFile | undefined;
  /** Asks once for all. */
  decide(planned: Planned): Promise<Choice>;
  /** A name beside one that is taken. */
  free(name: string): string;
}

function createMeet(
  plan: readonly Planned[],
  there: ReadonlyMap<string, ListedFile>,
  onMeet: MoveAllOptions['onMeet'],
): Meet {
  const taken = new Set([...there.keys(), ...plan.map(({ name }) => name)]);
  const meetings = plan.flatMap(({ file, name }): Meeting[] => {
    const present = there.get(name);
    if (!present || isAlike(present, file)) return [];
    const { size, lastModified } = present;
    return [{ name, size: file.size, present: { size, lastModified } }];
  });
  let asked: Promise<Choice> | undefined;

  return {
    present: (name) => there.get(name),
    decide({ file, name }) {
      const all = meetings.length > 0 ? meetings : [{ name, size: file.size }];
      asked ??= Promise.resolve(onMeet?.(all) ?? 'skip');
      return asked;
    },
    free(name) {
      const free = freeName(name, taken);
      taken.add(free);
      return free;
    },
  };
}

interface PlacingOptions {
  relocation: Pick<Relocation, 'toTeam'>;
  meet: Meet;
  /** Asks for the file that has a name now. */
  look(name: string): Promise<ListedFile | undefined>;
  signal: AbortSignal | undefined;
}

/** @returns puts a file into its new place. False if it stays where it is */
function createPlacing(kind: Kind, ask: RequestApi, { relocation, meet, look, signal }: PlacingOptions) {
  return async (planned: Planned): Promise<boolean> => {
    const { file } = planned;
    let { name } = planned;
    let replace = false;
    let present = meet.present(name);
    for (;;) {
      if (present && isAlike(present, file)) {
        if (kind === 'copy') return true;
        // The old place still has it.
        replace = true;
      } else if (present) {
        const choice = await meet.decide(planned);
        if (choice === 'skip') return false;
        if (choice === 'replace') replace = true;
        else name = meet.free(planned.name);
      }
      try {
        const wanted = { from: file.name, to: name, ...relocation, ...(replace && { replace }) };
        await persistFor(signal, () => relocate(ask, kind, wanted, signal));
        return true;
      } catch (error) {
        const code = error instanceof ApiError ? error.code : '';
        if (!['no_such_file', 'file_exists'].includes(code)) throw error;
        present = await look(name);
        // The answer of an earlier try was lost, or another tab did the same.
        if (code === 'no_such_file' && present?.size === file.size) return true;
        if (code === 'no_such_file' || replace || !present) throw error;
      }
    }
  };
}

/** Whether two files have the same content. S3 gives the copy of an upload in parts another ETag. */
function isAlike(one: ListedFile, other: ListedFile): boolean {
  return one.etag === other.etag;
}

async function makeFolder(ask: RequestApi, name: string): Promise<void> {
  await ask('POST', '/folders', { name: name.replace(/\/$/, '') }).catch((error: ApiError) => {
    if (error.code !== 'file_exists') throw error;
  });
}

/** All files whose names begin with a path, and the empty folders among them. */
async function readFolder(ask: RequestApi, path: string) {
  const files = new Map<string, ListedFile>();
  const folders = new Set<string>();
  let cursor: string | undefined;
  do {
    const asked = pathWith('/files', { prefix: path, limit: '1000', cursor });
    const page = await persistFor(undefined, () => ask<Listing>('GET', asked));
    for (const file of page.files) files.set(file.name, file);
    for (const name of page.folders ?? []) folders.add(`${name}/`);
    cursor = page.cursor;
  } while (cursor);
  return { files, folders };
}

async function look(ask: RequestApi, name: string): Promise<ListedFile | undefined> {
  const asked = pathWith('/files', { prefix: name, limit: '1' });
  const { files } = await persistFor(undefined, () => ask<Listing>('GET', asked));
  return files.find((file) => file.name === name);
}

/** The folder that all names are in. Empty, or ends in `/`. */
function commonFolder(names: readonly string[]): string {
  let [folder = ''] = names;
  while (!names.every((name) => name.startsWith(folder)) || (folder !== '' && !isFolder(folder))) {
    folder = folder.replace(/[^/]*\/?$/, '');
  }
  return folder;
}

function isFolder(name: string): boolean {
  return name.endsWith('/');
}

/**
 * Sends a long list in parts. Progress counts the items.
 * @param send sends a part, and gives those that failed
 */
async function inParts<T extends string | NamedVersion>(
  items: readonly T[],
  { onProgress, signal }: BatchOptions,
  send: (part: T[]) => Promise<FailedFile[]>,
): Promise<FailedFile[]> {
  const starts = Array.from(
    { length: Math.ceil(items.length / NAMES_AT_ONCE) },
    (_, at) => at * NAMES_AT_ONCE,
  );
  const failed: FailedFile[] = [];
  let done = 0;
  await runAll(starts, async (start) => {
    const part = items.slice(start, start + NAMES_AT_ONCE);
    failed.push(...(await sendPart(part, (left) => persistFor(signal, () => send(left)))));
    done += part.length;
    onProgress?.({ done, count: items.length });
  });
  return failed;
}

/** Sends again that for which the app host had no time. @returns those that failed */
async function sendPart<T extends string | NamedVersion>(
  part: T[],
  send: (left: T[]) => Promise<FailedFile[]>,
): Promise<FailedFile[]> {
  const final: FailedFile[] = [];
  for (let left = part; ; ) {
    const failed = await send(left);
    const late = new Set(failed.flatMap(({ name, code }) => (code === 'timed_out' ? [name] : [])));
    if (late.size === 0 || late.size === left.length) return [...final, ...failed];
    final.push(...failed.filter(({ name }) => !late.has(name)));
    left = left.filter((item) => late.has(typeof item === 'string' ? item : item.name));
  }
}

/** Runs a job for each file. @returns the files that failed alone. @throws the error of all files */
async function forEach(
  plan: readonly Planned[],
  { onProgress }: BatchOptions,
  run: (planned: Planned) => Promise<void>,
): Promise<FailedFile[]> {
  const failed: FailedFile[] = [];
  let done = 0;
  await runAll(plan, async (planned) => {
    await run(planned).catch((error) => {
      if (!OF_ONE_FILE.includes(error?.code)) throw error;
      failed.push({ name: planned.file.name, code: error.code });
    });
    onProgress?.({ done: ++done, count: plan.length });
  });
  return failed;
}

/** Runs a job for each item, some at once. After an error nothing new begins, and what was begun ends first. */
async function runAll<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  let isOver = false;
  const work = async () => {
    for (const item of waiting) {
      if (isOver) break;
      await run(item).catch((error) => {
        isOver = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: MAX_AT_ONCE }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

function persistFor<T>(signal = new AbortController().signal, run: () => Promise<T>): Promise<T> {
  return persist(run, signal);
}
