/** USD: cents below a hundred, and whole dollars above. */
export function usd(amount: number): string {
  return Math.abs(amount) < 99.995 ? amount.toFixed(2) : grouped(Math.round(amount));
}

/** A price of less than a cent, without zeros at its end. */
export function small(amount: number): string {
  return String(Number(amount.toPrecision(6)));
}

export function grouped(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** With two digits that count, such as 0.28 or 28. */
export function rounded(amount: number): string {
  return Number(amount.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** Breaks a paragraph or a point of a list into lines of the width of the pages. */
export function text(words: string): string {
  const indent = words.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  let line = '';
  for (const word of words.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > 150) {
      lines.push(line);
      line = indent + word;
    } else line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
