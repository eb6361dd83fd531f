import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readPrivate, writePrivate } from '@cloudfront-cookie-gateway/keys/state-file';
import { diskFault } from '../store/http.ts';
import { createReserve } from '../store/reserve.ts';

/** Bytes in one file. An object has one piece, or several after a multipart upload. */
export interface Piece {
  file: string;
  size: number;
  /** Hex. */
  md5: string;
}

export type DataFiles = ReturnType<typeof createDataFiles>;

/** Files with the bytes of objects and parts. A file stays as long as somebody holds it. */
export function createDataFiles(directory: string, reserve = createReserve(`${directory}.reserve`)) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const holders = new Map<string, number>();

  function hold(pieces: readonly Piece[]): void {
    for (const { file } of pieces) holders.set(file, (holders.get(file) ?? 0) + 1);
  }

  /** Removes a file that nobody holds any more. */
  function release(pieces: readonly Piece[]): void {
    for (const { file } of pieces) {
      const left = Number(holders.get(file)) - 1;
      if (left > 0) holders.set(file, left);
      else {
        holders.delete(file);
        remove(join(directory, file));
      }
    }
  }

  /** Stores a stream. A stream that fails leaves nothing. The caller holds the new piece, and must release it. */
  async function write(source: AsyncIterable<Buffer>): Promise<Piece> {
    const file = randomUUID();
    const path = join(directory, file);
    reserve.require();
    try {
      const piece = { file, ...(await writeStream(path, source)) };
      hold([piece]);
      return piece;
    } catch (error) {
      remove(path);
      throw error;
    }
  }

  /** The bytes from `start` up to but not including `end`. An opened piece stays readable after its removal. */
  function read(pieces: readonly Piece[], start: number, end: number): AsyncIterable<Buffer> {
    const opened = [];
    let offset = 0;
    for (const { file, size } of pieces) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, size);
      // Opened before any other code can run: otherwise the file could be removed before it is read.
      if (from < to) opened.push({ fd: openSync(join(directory, file), 'r'), start: from, end: to - 1 });
      offset += size;
    }
    return readOpened(opened);
  }

  /** Removes the files that nobody holds. A crash leaves such files. */
  function sweep(): void {
    for (const file of readdirSync(directory)) if (!holders.has(file)) remove(join(directory, file));
  }

  /** Writes a record. */
  const writeRecord = (path: string, json: string) => reserve.spend(() => writePrivate(path, json));

  return { write, read, hold, release, sweep, writeRecord };
}

async function writeStream(path: string, source: AsyncIterable<Buffer>): Promise<Omit<Piece, 'file'>> {
  // Opened at once: if the source fails early, there is a file to remove.
  const fd = openSync(path, 'wx', 0o600);
  const hash = createHash('md5');
  let size = 0;
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length;
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream('', { fd, flush: true }),
  );
  return { size, md5: hash.digest('hex') };
}

async function* readOpened(opened: { fd: number; start: number; end: number }[]): AsyncIterable<Buffer> {
  let next = 0;
  try {
    for (const { fd, start, end } of opened) {
      next += 1;
      yield* createReadStream('', { fd, start, end });
    }
  } finally {
    for (const { fd } of opened.slice(next)) closeSync(fd);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next start removes it.
  }
}

/**
 * A map of small records, in memory and in a directory that only this process writes (one JSON file a record). File
 * names are hashes, so a key may be any text. A record in memory is on disk already. A record holds its data files until
 * it is gone from the disk.
 */
export function openRecords<R>(
  directory: string,
  data: DataFiles,
  {
    piecesOf,
    upgrade = (record) => record as R,
  }: {
    piecesOf: (record: R) => readonly Piece[];
    /** Reads a record as it was written, perhaps by an older release. */
    upgrade?: (record: unknown) => R;
  },
) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const records = new Map<string, R>();
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (name.endsWith('.new')) rmSync(path);
    const read = name.endsWith('.json') ? readPrivate(path, (text) => parseRecord(text)) : undefined;
    if (!read) continue;
    const record = upgrade(read.record);
    data.hold(piecesOf(record));
    records.set(read.key, record);
  }
  const pathOf = (key: string) => join(directory, `${createHash('sha256').update(key).digest('hex')}.json`);
  const releasePieces = (record: R | undefined) => record && data.release(piecesOf(record));

  /** What follows once a record is on the disk. */
  function keep(key: string, record: R): void {
    data.hold(piecesOf(record));
    releasePieces(records.get(key));
    records.set(key, record);
  }

  function set(key: string, record: R): void {
    data.writeRecord(pathOf(key), JSON.stringify({ key, record }));
    keep(key, record);
  }

  /** Whether the record was replaced. It is not if it is another one than before by the time when the new one is on disk. */
  async function replace(key: string, before: R | undefined, record: R): Promise<boolean> {
    const path = pathOf(key);
    const file = `${path}.${randomUUID()}.new`;
    try {
      await writeFile(file, JSON.stringify({ key, record }), { mode: 0o600, flush: true });
    } catch (error) {
      remove(file);
      if (diskFault(error) === undefined) throw error;
      if (records.get(key) !== before) return false;
      // This has the room that is kept for deletions.
      set(key, record);
      return true;
    }
    if (records.get(key) !== before) {
      remove(file);
      return false;
    }
    renameSync(file, path);
    keep(key, record);
    return true;
  }

  return {
    get: (key: string): R | undefined => records.get(key),
    /** Replaces a record. It is on disk at once, and as a whole. */
    set,
    /** The same while other code runs. Otherwise nothing else would be answered while hundreds of files are deleted. */
    replace,
    delete: (key: string): void => {
      rmSync(pathOf(key), { force: true });
      releasePieces(records.get(key));
      records.delete(key);
    },
    all: (): IterableIterator<[string, R]> => records.entries(),
    /** Whether a damaged record was put aside. Nobody knows which data files it named. */
    hasDamaged: readdirSync(directory).some((name) => name.endsWith('.bad')),
  };
}

/** These files are our own: `set` wrote them. */
function parseRecord(json: string): { key: string; record: unknown } {
  const { key, record } = JSON.parse(json) as { key?: string; record?: unknown };
  if (key === undefined || record === undefined) throw new SyntaxError('no record');
  return { key, record };
}
