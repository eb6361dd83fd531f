import { readFileSync } from 'node:fs';

/** What a page shows as the contents of files: a block below a line that has the file's name alone, and a colon. */
export function documentedFiles(page: string): Map<string, string> {
  const blocks = readFileSync(page, 'utf8').matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, name = '', text = '']) => [name, text]));
}
