import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';

const MOST_BYTES = 5 * 1_024 * 1_024;

export interface LogFile {
  /** Lines may be lost where the disk fails: a log ends nothing. */
  write(line: string): void;
  close(): Promise<void>;
}

/**
 * Lines at the end of a file, readable by this user alone. What is full moves to `<file>.1`, in place of what was
 * there: a log takes twice `mostBytes` at the most. Lines are gathered for a moment, so that many of them cost one write.
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
      // A full disk, most of all.
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
