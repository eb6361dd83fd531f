/** Controls of a terminal, halves of surrogate pairs, line separators, and what turns the direction of text around. */
const CONTROLS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const BAR = 24;

export type Terminal = ReturnType<typeof createTerminal>;

/** The two streams of a process. */
interface Streams {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown; isTTY?: boolean };
}

/**
 * Results go to standard output, everything else to standard error.
 * @param isJson results and errors are JSON, one value a line
 */
export function createTerminal({ stdout, stderr }: Streams, isJson: boolean) {
  const hasBar = stderr.isTTY === true && !isJson;
  let isBarShown = false;

  function clear(): void {
    if (isBarShown) stderr.write('\r\x1b[K');
    isBarShown = false;
  }

  return {
    /** Text of this command, with its line breaks. */
    say(text: string): void {
      stdout.write(`${text}\n`);
    },
    /** @param line what a person reads in place of the value */
    tell(value: object, line: string): void {
      clear();
      stdout.write(`${printable(isJson ? JSON.stringify(value) : line)}\n`);
    },
    /** Something that is no result. */
    note(text: string): void {
      clear();
      stderr.write(`${text.split('\n').map(printable).join('\n')}\n`);
    },
    fail({ code, message }: { code: string; message: string }): void {
      this.note(isJson ? JSON.stringify({ code, message }) : `cookie-gateway: ${message}`);
    },
    /** @param fraction from 0 to 1 */
    progress(label: string, fraction: number): void {
      if (!hasBar) return;
      const full = Math.floor(fraction * BAR);
      const bar = '#'.repeat(full).padEnd(BAR, '-');
      stderr.write(`\r\x1b[K[${bar}] ${Math.floor(fraction * 100)} % ${printable(label)}`);
      isBarShown = true;
    },
  };
}

/** Text of others, for a terminal: what is no visible character is `\uXXXX`, as in JSON. */
export function printable(text: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}
