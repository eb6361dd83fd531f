import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalSettingsError } from './settings.ts';

export const LOCK_NAME = 'lock';
const SQLITE_BUSY = 5;

/** The locks are kept here, because a garbage-collected one would be released. */
const held: DatabaseSync[] = [];

/**
 * Takes the directory for this process until the process ends. The operating system releases SQLite's lock however the
 * process ends. (Node has no file lock of its own.)
 * @throws LocalSettingsError if another process has the directory
 */
export function takeLock(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(directory, LOCK_NAME));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)) throw error;
    throw new LocalSettingsError([`another npm start uses ${directory}: stop that one first`]);
  }
  held.push(lock);
}
