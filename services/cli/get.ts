import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type NativeFolder } from '@cloudfront-cookie-gateway/client/native';
import { isPassing, RefusedError } from './errors.ts';

/** What no name of a file may have on this machine. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a hostile host could send them
const FORBIDDEN = process.platform === 'win32' ? /[\x00-\x1f\x7f-\x9f\\:]/ : /[\x00-\x1f\x7f-\x9f\\]/;
const MAX_TRIES = 8;
const PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

/** `get` needs no more of a folder. */
interface Source {
  files: Pick<NativeFolder['files'], 'download'>;
}

export interface GetOptions {
  /** Takes the place of a file that is there. */
  isForced: boolean;
  signal: AbortSignal;
  onProgress: (fraction: number) => void;
  /** Half of the pause after a failure. It doubles up to half a minute. */
  pauseMs?: number;
}

/**
 * The path of a file below a folder of this machine. Makes the folders between. No name leads out of the folder.
 * @param name as the files host has it, with `/` between folders
 * @throws RefusedError
 */
export async function placeBelow(folder: string, name: string): Promise<string> {
  const segments = name.split('/');
  if (segments.some((segment) => /^\.{0,2}$/.test(segment) || FORBIDDEN.test(segment))) {
    throw new RefusedError(`${name} is no name for a file of this machine`);
  }
  let path = folder;
  for (const segment of segments.slice(0, -1)) {
    path = join(path, segment);
    await mkdir(path).catch(unlessThere);
    // A link could lead anywhere.
    if (!(await lstat(path)).isDirectory()) throw new RefusedError(`${path} is no folder`);
  }
  return join(path, segments.at(-1) ?? '');
}

/**
 * Downloads a file to a path. It goes on where a former try has ended, if the file is still the same.
 * @returns its bytes
 * @throws RefusedError if there is something at the path
 */
export async function get(folder: Source, name: string, path: string, options: GetOptions): Promise<number> {
  const { isForced, pauseMs = PAUSE_MS, signal } = options;
  if (!isForced && (await isThere(path))) throw taken(path);
  for (let tries = 1, best = 0; ; tries++) {
    const seen = { bytes: best };
    try {
      return await attempt(folder, name, path, { ...options, seen });
    } catch (error) {
      signal.throwIfAborted();
      // A try that went further than all before it is as good as a first one.
      if (seen.bytes > best) tries = 1;
      best = Math.max(best, seen.bytes);
      if (!isPassing(error) || tries >= MAX_TRIES) throw error;
      await sleep(Math.min(pauseMs * 2 ** tries, MAX_PAUSE_MS), undefined, { signal });
    }
  }
}

async function attempt(
  folder: Source,
  name: string,
  path: string,
  { isForced, onProgress, seen, signal }: GetOptions & { seen: { bytes: number } },
): Promise<number> {
  const head = await folder.files.download(name, { method: 'HEAD', signal });
  const etag = head.headers.get('etag') ?? '';
  const size = Number(head.headers.get('content-length'));
  const key = createHash('sha256')
    .update(JSON.stringify([name, etag, size]))
    .digest('hex');
  const partial = join(path, '..', `.cookie-gateway-${key}.part`);
  const file = await openPartial(partial, size);
  try {
    seen.bytes = (await file.stat()).size;
    if (seen.bytes < size) {
      const headers = { range: `bytes=${seen.bytes}-`, 'if-range': etag };
      const answer = await folder.files.download(name, { headers, signal });
      if (answer.headers.get('etag') !== etag) throw changed();
      if (answer.status !== 206) seen.bytes = 0;
      for await (const bytes of answer.body ?? []) {
        await write(file, bytes, seen.bytes);
        seen.bytes += bytes.length;
        onProgress(seen.bytes / size);
      }
    }
    if (seen.bytes !== size) throw changed();
  } finally {
    await file.close();
  }
  if (!isForced) await (await open(path, 'wx').catch(unlessTaken(path))).close();
  await rename(partial, path);
  return size;
}

/** The file was replaced, or the connection ended early. The next try finds out. */
function changed(): ApiError {
  return new ApiError(0, 'network', { detail: 'the file did not come whole' });
}

/** What a former try has left, or an empty file. It is of this user, and no link. */
async function openPartial(path: string, size: number): Promise<FileHandle> {
  // Windows has no O_NOFOLLOW, which counts as 0 then.
  const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  const file = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666);
  const found = await file.stat();
  if (!found.isFile() || found.nlink !== 1 || (process.getuid && found.uid !== process.getuid())) {
    await file.close();
    throw new RefusedError(`${path} is of somebody else; remove it`);
  }
  if (found.size > size) await file.truncate(0);
  return file;
}

async function write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes.subarray(done), { position: position + done })).bytesWritten;
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function taken(path: string): RefusedError {
  return new RefusedError(`${path} is there already; --force replaces it`);
}

function unlessTaken(path: string) {
  return (error: NodeJS.ErrnoException): never => {
    throw error.code === 'EEXIST' ? taken(path) : error;
  };
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
