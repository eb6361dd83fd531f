import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalSettingsError } from './settings.ts';

export const LOCK_NAME = 'lock';
const SQLITE_BUSY = 5;

/** What is collected would let go. */
const held: DatabaseSync[] = [];

/**
 * Makes the directory this process's until the process ends, in any way: the operating system lets go of SQLite's
 * lock then. (Node has no file lock of its own.)
 * @throws LocalSettingsError where another process has it
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
