import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
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

export interface DataFiles {
  /** Stores a stream. A stream that fails leaves nothing. The caller holds the new piece, and must release it. */
  write(source: AsyncIterable<Buffer>): Promise<Piece>;
  /** The bytes from `start` up to but not including `end`. An opened piece stays readable after its removal. */
  read(pieces: readonly Piece[], start: number, end: number): AsyncIterable<Buffer>;
  hold(pieces: readonly Piece[]): void;
  /** Removes a file that nobody holds any more. */
  release(pieces: readonly Piece[]): void;
  hasAll(pieces: readonly Piece[]): boolean;
  /** Removes the files that nobody holds. A crash leaves such files. */
  sweep(): void;
}

export function createDataFiles(directory: string): DataFiles {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const holders = new Map<string, number>();

  function hold(pieces: readonly Piece[]): void {
    for (const { file } of pieces) holders.set(file, (holders.get(file) ?? 0) + 1);
  }

  function remove(file: string): void {
    try {
      rmSync(join(directory, file), { force: true });
    } catch {
      // The next start removes it.
    }
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

  return {
    write: async (source) => {
      const file = randomUUID();
      const path = join(directory, file);
      // Opened at once: if the source fails early, there is a file to remove.
      const fd = openSync(path, 'wx', 0o600);
      const hash = createHash('md5');
      let size = 0;
      try {
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
      } catch (error) {
        remove(file);
        throw error;
      }
      const piece = { file, size, md5: hash.digest('hex') };
      hold([piece]);
      return piece;
    },
    read: (pieces, start, end) => {
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
    hold,
    release: (pieces) => {
      for (const { file } of pieces) {
        const left = (holders.get(file) ?? 0) - 1;
        if (left > 0) holders.set(file, left);
        else {
          holders.delete(file);
          remove(file);
        }
      }
    },
    hasAll: (pieces) =>
      pieces.every(
        ({ file, size }) => statSync(join(directory, file), { throwIfNoEntry: false })?.size === size,
      ),
    sweep: () => {
      for (const file of readdirSync(directory)) if (!holders.has(file)) remove(file);
    },
  };
}
