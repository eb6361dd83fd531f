import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';

const MOST_BYTES = 5 * 1_024 * 1_024;

export interface LogFile {
  /** Lines may be lost if the disk fails. A failing log must not end the process. */
  write(line: string): void;
  close(): Promise<void>;
}

/**
 * Appends lines to a file that only this user can read. A full file moves to `<file>.1` and replaces the older one, so
 * a log takes at most twice `mostBytes`. Lines are gathered for a moment, so that many lines cost one write.
 */
export function openLogFile(file: string, mostBytes = MOST_BYTES): LogFile {
  let lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const text = lines.join('');
    lines = [];
    try {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > 0 && size + Buffer.byteLength(text) > mostBytes) renameSync(file, `${file}.1`);
      const fd = openSync(file, 'a', 0o600);
      try {
        writeSync(fd, text);
      } finally {
        closeSync(fd);
      }
    } catch {
      // Usually the disk is full.
    }
  }

  return {
    write: (line) => {
      lines.push(`${line}\n`);
      timer ??= setTimeout(flush, 100);
    },
    close: async () => {
      if (lines.length > 0) flush();
    },
  };
}
