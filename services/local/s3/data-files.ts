import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Bytes in one file. An object has one piece, or several after a multipart upload. */
export interface Piece {
  file: string;
  size: number;
  /** Hex. */
  md5: string;
}

/** Files with the bytes of objects and parts. The records say which of them are needed. */
export function createDataFiles(directory: string) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });

  function remove(file: string): void {
    try {
      rmSync(join(directory, file), { force: true });
    } catch {
      // The next start removes it.
    }
  }

  return {
    directory,
    isEmpty: () => readdirSync(directory).length === 0,
    remove,
    /** Stores a stream. A stream that fails leaves nothing. */
    async write(source: AsyncIterable<Buffer>): Promise<Piece> {
      const file = randomUUID();
      try {
        return { file, ...(await writeStream(join(directory, file), source)) };
      } catch (error) {
        remove(file);
        throw error;
      }
    },
    /** The bytes from `start` up to but not including `end`. An opened piece stays readable after its removal. */
    read(pieces: readonly Pick<Piece, 'file' | 'size'>[], start: number, end: number): AsyncIterable<Buffer> {
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
    },
    /** Removes all other files. A crash leaves such files. */
    keepOnly(files: ReadonlySet<string>): void {
      for (const file of readdirSync(directory)) if (!files.has(file)) remove(file);
    },
  };
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
