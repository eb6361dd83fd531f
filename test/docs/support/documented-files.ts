import { readFileSync } from 'node:fs';

/**
 * The files that a page shows: each is a block below a line with only the file's name and a colon. And those that it
 * takes from docs/examples/vite.
 */
export function documentedFiles(page: string): Map<string, string> {
  const text = readFileSync(page, 'utf8');
  const blocks = text.matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)^```$/gm);
  const taken = text.matchAll(/^cp \.\.\/gateway\/(docs\/examples\/vite\/(\S+)) /gm);
  return new Map([
    ...[...blocks].map(([, name = '', block = '']): [string, string] => [name, block]),
    ...[...taken].map(([, file = '', name = '']): [string, string] => [name, readFileSync(file, 'utf8')]),
  ]);
}

/** Some of these files, with other ports than the page names. */
export function onPorts(
  documented: Map<string, string>,
  names: readonly string[],
  ports: Record<number, number>,
): [string, string][] {
  return names.map((name) => {
    let text = documented.get(name) ?? '';
    for (const [shown, own] of Object.entries(ports)) text = text.replaceAll(shown, `${own}`);
    return [name, text];
  });
}

/** The blocks of a page in these languages, in their order. */
export function blocks(file: string, ...languages: string[]): string[] {
  const pattern = new RegExp(`^\`\`\`(?:${languages.join('|')})\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, block = '']) => block);
}
