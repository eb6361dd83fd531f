import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import process from 'node:process';

const PAGE = 'docs/results.md';

export function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, node ${process.version}`;
}

/** A Markdown table, padded as the formatter demands. The first row is the head. */
export function markdownTable(rows: string[][]): string {
  const [head = [], ...rest] = rows;
  const widths = head.map((_, column) => Math.max(3, ...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
}

/** Puts a text between the markers `<!-- marker -->` and `<!-- /marker -->` of a page. */
export function writeBetweenMarkers(marker: string, text: string, file = PAGE): void {
  const [start, end] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
  const page = readFileSync(file, 'utf8');
  if (!page.includes(start) || !page.includes(end)) throw new Error(`${file} has no ${start} and ${end}`);
  const [before = ''] = page.split(start);
  const after = page.slice(page.indexOf(end));
  writeFileSync(file, `${before}${start}\n\n${text}\n\n${after}`);
}
