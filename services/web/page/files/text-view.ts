import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { create } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import type { TextKind } from './kinds.ts';

/** A table shows at most so many rows and columns. */
const MAX_ROWS = 1_000;
const MAX_COLUMNS = 100;

/** Puts a text on the stage. Its content becomes text, never markup. */
export function putText(
  stage: HTMLElement,
  file: ListedFile,
  kind: TextKind,
  withCookies: () => Promise<unknown>,
): void {
  const paper = create('div', { class: 'paper', tabindex: '0', role: 'region', 'aria-label': file.name });
  stage.replaceChildren(paper);
  const show = async () => {
    await withCookies();
    const answer = await fetch(file.url, { credentials: 'include' });
    if (!answer.ok) throw new TypeError(`the files host answers ${answer.status}`);
    paper.replaceChildren(await draw(kind, await answer.text()));
  };
  show().catch(() => paper.replaceChildren(text('notLoaded')));
}

async function draw(kind: TextKind, content: string): Promise<Node> {
  if (kind === 'csv') return drawTable(content);
  if (kind === 'json') return create('pre', {}, indented(content));
  if (kind === 'plain') return create('pre', {}, content);
  try {
    const { drawMarkdown } = await import('./markdown.ts');
    return drawMarkdown(content);
  } catch {
    // The reader of Markdown does not load, or the text is nested too deeply for it.
    return create('pre', {}, content);
  }
}

function indented(content: string): string {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}

function drawTable(content: string): Node {
  const rows = readCsv(content);
  const [head = [], ...body] = rows.slice(0, MAX_ROWS + 1);
  const cells = (row: string[], tag: 'th' | 'td') =>
    create('tr', {}, ...row.slice(0, MAX_COLUMNS).map((cell) => create(tag, {}, cell)));
  const table = create(
    'table',
    {},
    create('thead', {}, cells(head, 'th')),
    create('tbody', {}, ...body.map((row) => cells(row, 'td'))),
  );
  const more = rows.length - 1 - MAX_ROWS;
  if (more > 0) table.append(create('caption', {}, text('more', { count: NUMBER.format(more) })));
  return table;
}

/** The cells of a CSV file (RFC 4180). The separator is the one that the first line has most. */
export function readCsv(content: string): string[][] {
  const [first = ''] = content.split('\n', 1);
  const separators = [',', ';', '\t'].map((each) => ({ each, count: first.split(each).length }));
  const { each: separator } = separators.reduce((best, next) => (next.count > best.count ? next : best));
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  const endRow = () => {
    rows.push([...row, cell]);
    row = [];
    cell = '';
  };
  for (let at = 0; at < content.length; at++) {
    const character = content.charAt(at);
    if (character === '"') {
      // Two quotation marks in a quoted cell are one.
      if (isQuoted && content.charAt(at + 1) === '"') cell += content.charAt(++at);
      else isQuoted = !isQuoted;
    } else if (isQuoted) cell += character;
    else if (character === separator) {
      row.push(cell);
      cell = '';
    } else if (character === '\n') endRow();
    else if (character !== '\r') cell += character;
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}
