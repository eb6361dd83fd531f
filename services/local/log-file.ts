import { appendFileSync, renameSync, statSync } from 'node:fs';

const MOST_BYTES = 5 * 1_024 * 1_024;
const GATHERED_MS = 100;

/**
 * Appends lines to a file that only this user can read. A full file moves to `<file>.1` and replaces the older one, so
 * a log takes at most twice `mostBytes`. Lines are gathered for a moment, so that many lines cost one write.
 */
export function openLogFile(file: string, mostBytes = MOST_BYTES) {
  const lines: string[] = [];

  function flush(): void {
    const text = lines.splice(0).join('');
    if (text === '') return;
    try {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > 0 && size + Buffer.byteLength(text) > mostBytes) renameSync(file, `${file}.1`);
      appendFileSync(file, text, { mode: 0o600 });
    } catch {
      // Usually the disk is full.
    }
  }

  return {
    /** Lines may be lost if the disk fails. A failing log must not end the process. */
    write(line: string): void {
      if (lines.push(`${line}\n`) === 1) setTimeout(flush, GATHERED_MS);
    },
    close: async (): Promise<void> => flush(),
  };
}
