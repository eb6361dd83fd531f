import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { putAside, readPrivate, writePrivate } from '../../operator/keys/private-file.ts';
import type { DataFiles, Piece } from './data-files.ts';

export interface Records<R> {
  get(key: string): R | undefined;
  /** Replaces a record. It is on disk at once, and as a whole. */
  set(key: string, record: R): void;
  delete(key: string): void;
  all(): IterableIterator<[string, R]>;
  /** Whether there are damaged records. Nobody knows which data files those named. */
  hasDamaged: boolean;
}

/**
 * A map of small records, in memory and in a directory that only this process writes (one JSON file a record). File
 * names are hashes, so a key may be any text. Writes are synchronous: a record in memory is on disk already, in the
 * order of the requests. A record holds its data files until it is gone from the disk.
 */
export function openRecords<R>(
  directory: string,
  data: DataFiles,
  piecesOf: (record: R) => readonly Piece[],
): Records<R> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const records = new Map<string, R>();
  let hasDamaged = false;
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (name.endsWith('.new')) rmSync(path);
    else if (!name.endsWith('.json')) hasDamaged = true;
    else {
      const read = readPrivate(path, (text) => parseFile<R>(text));
      if (read && data.hasAll(piecesOf(read.record))) {
        data.hold(piecesOf(read.record));
        records.set(read.key, read.record);
        continue;
      }
      hasDamaged = true;
      if (read) putAside(path, `the data of ${JSON.stringify(read.key)} is not all there`);
    }
  }
  const pathOf = (key: string) => join(directory, `${createHash('sha256').update(key).digest('hex')}.json`);
  const releasePieces = (record: R | undefined) => record && data.release(piecesOf(record));
  return {
    get: (key) => records.get(key),
    set: (key, record) => {
      writePrivate(pathOf(key), JSON.stringify({ key, record }));
      data.hold(piecesOf(record));
      releasePieces(records.get(key));
      records.set(key, record);
    },
    delete: (key) => {
      rmSync(pathOf(key), { force: true });
      releasePieces(records.get(key));
      records.delete(key);
    },
    all: () => records.entries(),
    hasDamaged,
  };
}

/** These files are our own: `set` wrote them. */
function parseFile<R>(json: string): { key: string; record: R } {
  const { key, record } = JSON.parse(json) as { key?: string; record?: R };
  if (key === undefined || record === undefined) throw new SyntaxError('no record');
  return { key, record };
}
