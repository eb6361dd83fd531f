import { existsSync, globSync, readFileSync } from 'node:fs';
import t from 'tap';

/** A file or folder of this project that a document names. */
const NAMED = /`((?:\.ci|core|docs|edge|infra|scripts|services|test)\/[^`\s*<…]*)`/g;

/** A document may name a test by the path of its source file. */
function isThere(path: string): boolean {
  return existsSync(path) || existsSync(`test/${path}`);
}

t.test('each path that a document names exists', async (t) => {
  const documents = [...globSync('{core,docs,edge,infra,services}/**/*.md'), 'README.md'];
  const named = documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(NAMED)].map(([, path = '']) => `${document}: ${path}`),
  );
  t.ok(named.length > 100, `${named.length} paths`);
  t.strictSame(
    named.filter((line) => !isThere(line.slice(line.indexOf(': ') + 2))),
    [],
  );
});
