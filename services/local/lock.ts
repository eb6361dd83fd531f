import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { LocalSettingsError } from './settings.ts';

const NAME = 'pid';

/** @throws LocalSettingsError where a process that still lives uses the directory */
export function checkLock(directory: string): void {
  const file = join(directory, NAME);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  if (pid !== process.pid && isAlive(pid)) {
    throw new LocalSettingsError([`process ${pid} uses ${directory} already: stop that npm start first`]);
  }
}

/** Marks the directory as this process's. A mark that a killed process left does not count. */
export function takeLock(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, NAME), String(process.pid), { mode: 0o600 });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
