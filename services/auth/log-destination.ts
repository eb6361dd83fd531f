/** How long a line waits for other lines. A write for each line would cost more than everything else about the line. */
const WAIT_MS = 50;
/** How many UTF-16 units may wait before they are written. */
const MAX_WAITING = 64 * 1_024;

/** The place where pino writes its lines, with a way to write the lines that still wait. */
export interface LogDestination {
  write(line: string): void;
  flush(): void;
}

/**
 * Collects the lines of a log, and writes them every 50 ms. An audit event, a warning or an error is written at once,
 * together with the lines before it.
 * @param write has written the text when it returns
 */
export function createLogDestination(write: (text: string) => void): LogDestination {
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === '') return;
    const text = waiting;
    waiting = '';
    write(text);
  }

  return {
    write(line) {
      waiting += line;
      const isCommon = line.startsWith('{"level":30,') && !line.includes('"audit":true');
      if (isCommon && waiting.length < MAX_WAITING) timer ??= setTimeout(flush, WAIT_MS);
      else flush();
    },
    flush,
  };
}
