import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyFileError } from './key-files.ts';
import { confirmDeployed, type KeyRecord, type KeyRing } from './rotation.ts';
import { writePrivate } from './state-file.ts';

/** The keys of these names, in the same order. The file has the records of the keys. */
export function readRing(file: string, names: string[]): KeyRing {
  const records = existsSync(file) ? parseRecords(file) : [];
  return names.map((name) => records.find((record) => record.name === name) ?? { name });
}

export function writeRing(file: string, ring: KeyRing): void {
  writePrivate(file, `${JSON.stringify(ring, null, 2)}\n`);
}

export function localRecordsFile(keysDirectory: string): string {
  return join(keysDirectory, 'keys.json');
}

/** Notes that the local stack runs with these keys. The first key signs. */
export function confirmLocalKeys(
  keysDirectory: string,
  names: string[],
  cookieLifetimeSeconds: number,
  nowMs: number,
): void {
  const file = localRecordsFile(keysDirectory);
  writeRing(file, confirmDeployed(readRing(file, names), cookieLifetimeSeconds, nowMs));
}

function parseRecords(file: string): KeyRecord[] {
  try {
    const records: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (Array.isArray(records) && records.every((record) => typeof record?.name === 'string')) return records;
  } catch {
    // The message below tells a person what to do.
  }
  throw new KeyFileError(`${file} cannot be read: repair it. Only this file says which keys still count`);
}
