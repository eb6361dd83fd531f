/** Lines wait this long for others: a write of its own for each costs a renewal more than the rest of the line does. */
const WAIT_MS = 50;
/** So much is written at once, in UTF-16 units. */
const MAX_WAITING = 64 * 1_024;

/** Where pino writes its lines, and a way to write what still waits. */
export interface LogDestination {
  write(line: string): void;
  flush(): void;
}

/**
 * Puts the lines of a log together, for one write each 50 ms. An audit event, a warning or an error does not wait, nor do
 * the lines before it.
 * @param write has written when it returns
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
