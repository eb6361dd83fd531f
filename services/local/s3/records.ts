import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Records<R> {
  get(key: string): R | undefined;
  /** Replaces a record, on disk at once and as a whole. */
  set(key: string, record: R): void;
  delete(key: string): void;
  all(): IterableIterator<[string, R]>;
}

/**
 * A map of small records that lives in memory and, one JSON file a record, in a directory that only this process
 * writes. File names are hashes, so that a key may be anything. Writing is synchronous: what is seen in memory is on
 * disk, in the order of the requests.
 */
export function openRecords<R>(directory: string): Records<R> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const records = new Map<string, R>();
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (!name.endsWith('.json')) {
      rmSync(path);
      continue;
    }
    const { key, record } = parseFile<R>(readFileSync(path, 'utf8'));
    records.set(key, record);
  }
  const pathOf = (key: string) => join(directory, `${createHash('sha256').update(key).digest('hex')}.json`);
  return {
    get: (key) => records.get(key),
    set: (key, record) => {
      const path = pathOf(key);
      writeFileSync(`${path}.new`, JSON.stringify({ key, record }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      records.set(key, record);
    },
    delete: (key) => {
      rmSync(pathOf(key), { force: true });
      records.delete(key);
    },
    all: () => records.entries(),
  };
}

/** Own files, written by `set`. */
function parseFile<R>(json: string): { key: string; record: R } {
  return JSON.parse(json) as { key: string; record: R };
}
