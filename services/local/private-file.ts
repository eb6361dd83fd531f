import { renameSync, writeFileSync } from 'node:fs';

/** Readable by this user alone. All or nothing: a run that is stopped while it writes leaves no half of a file. */
export function writePrivate(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
