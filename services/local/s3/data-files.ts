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

/** Bytes on disk; an object is one or, of a multipart upload, several. */
export interface Piece {
  file: string;
  size: number;
  /** Hex. */
  md5: string;
}

export interface DataFiles {
  /** Stores a stream; where it fails, nothing stays. */
  write(source: AsyncIterable<Buffer>): Promise<Piece>;
  /** Bytes `start` up to but not `end` of the pieces. What is opened stays readable after a removal. */
  read(pieces: readonly Piece[], start: number, end: number): AsyncIterable<Buffer>;
  remove(pieces: readonly Piece[]): void;
  /** Removes what a crash has left. */
  removeAllBut(pieces: readonly Piece[]): void;
}

export function createDataFiles(directory: string): DataFiles {
  mkdirSync(directory, { recursive: true, mode: 0o700 });

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
      // At once, so that it is there when it must be removed, however early the source fails.
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
          createWriteStream('', { fd }),
        );
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      }
      return { file, size, md5: hash.digest('hex') };
    },
    read: (pieces, start, end) => {
      const opened = [];
      let offset = 0;
      for (const { file, size } of pieces) {
        const from = Math.max(start - offset, 0);
        const to = Math.min(end - offset, size);
        // Before anything else can run: a removal must not come between the decision to read and the reading.
        if (from < to) opened.push({ fd: openSync(join(directory, file), 'r'), start: from, end: to - 1 });
        offset += size;
      }
      return readOpened(opened);
    },
    remove: (pieces) => {
      for (const { file } of pieces) rmSync(join(directory, file), { force: true });
    },
    removeAllBut: (pieces) => {
      const known = new Set(pieces.map(({ file }) => file));
      for (const file of readdirSync(directory)) {
        if (!known.has(file)) rmSync(join(directory, file), { force: true });
      }
    },
  };
}
