import { readFileSync } from 'node:fs';

/** The code that the README shows first under a heading. */
export function readmeExample(heading: string): string {
  const [, section] = readFileSync('README.md', 'utf8').split(`\n## ${heading}\n`);
  const [, example] = /^```ts\n(.*?)^```/ms.exec(section ?? '') ?? [];
  if (!example) throw new Error(`the README has no example under "${heading}"`);
  return example;
}
