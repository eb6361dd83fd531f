import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

const SOURCES = '{core,edge,infra,scripts,services,test}/**/*.{ts,tsx,mjs}';
const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

/** The files that each file imports. Types count too, since a reader follows them. */
export function importsOf(directory: string): Map<string, string[]> {
  const files = globSync(SOURCES, { cwd: directory });
  return new Map(
    files.map((file) => {
      const source = readFileSync(join(directory, file), 'utf8');
      return [file, [...source.matchAll(IMPORT)].map(([, to = '']) => join(dirname(file), to))];
    }),
  );
}

/**
 * The folders that each folder imports from. Imports of a file that itself imports nothing are left out, since such a
 * file closes no circle.
 */
export function foldersOf(imports: Map<string, string[]>): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  const isLeaf = (file: string) => imports.get(file)?.length === 0;
  for (const [file, targets] of imports) {
    const from = dirname(file);
    const others = targets
      .filter((target) => !isLeaf(target))
      .map((target) => dirname(target))
      .filter((to) => to !== from);
    folders.set(from, [...new Set([...(folders.get(from) ?? []), ...others])]);
  }
  return folders;
}

/** The first way found from each place back to itself: `a → b → a`. */
export function circlesOf(graph: Map<string, string[]>): string[] {
  const circles = new Set<string>();
  const done = new Set<string>();
  const visit = (place: string, way: string[]) => {
    const at = way.indexOf(place);
    if (at >= 0) circles.add(nameOf(way.slice(at)));
    if (at >= 0 || done.has(place)) return;
    for (const next of graph.get(place) ?? []) visit(next, [...way, place]);
    done.add(place);
  };
  for (const place of graph.keys()) visit(place, []);
  return [...circles];
}

/** The name of a circle does not depend on the place at which it was entered. */
function nameOf(circle: string[]): string {
  const first = circle.indexOf(circle.toSorted()[0] ?? '');
  return [...circle.slice(first), ...circle.slice(0, first + 1)].join(' → ');
}

/** There must be no circle of files or of folders. Each can then be read, moved and tested before the others. */
if (import.meta.main) {
  const imports = importsOf('.');
  const circles = [...circlesOf(imports), ...circlesOf(foldersOf(imports))];
  for (const circle of circles) console.error(`a circle of imports: ${circle}`);
  process.exit(circles.length === 0 ? 0 : 1);
}
