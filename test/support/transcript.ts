import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const PAGE = new URL('../../docs/results.md', import.meta.url);
const SECTION = /(<!-- transcript -->\n)[\s\S]*?(<!-- \/transcript -->)/;

/** The text that docs/results.md shows between its markers. With `UPDATE_README=1` the new text is written there first. */
export function shownTranscript(fresh: string): string {
  const block = `\`\`\`text\n${fresh}\n\`\`\`\n`;
  if (process.env['UPDATE_README'] === '1') {
    const updated = readFileSync(PAGE, 'utf8').replace(SECTION, (_all, open, close) => open + block + close);
    writeFileSync(PAGE, updated);
  }
  const section = SECTION.exec(readFileSync(PAGE, 'utf8'))?.[0] ?? '';
  return section.replace(/^<!-- transcript -->\n```text\n/, '').replace(/\n```\n<!-- \/transcript -->$/, '');
}
