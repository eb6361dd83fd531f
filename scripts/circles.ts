import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { type Rooms, readRooms, roomOf, sourceOf } from './rooms.ts';

const SOURCES = '{core,edge,infra,scripts,services,test}/**/*.{ts,tsx,mjs}';
const IMPORT = /\b(?:from|import)\s*\(?\s*'([^'\n]+)'/g;

/** The files that each file imports. Types count too, since a reader follows them. */
export function importsOf(directory: string): Map<string, string[]> {
  const rooms = readRooms(directory);
  return new Map(
    [...specifiersOf(directory)].map(([file, specifiers]) => [
      file,
      specifiers.flatMap((specifier) => sourceOf(specifier, file, rooms) ?? []),
    ]),
  );
}

function specifiersOf(directory: string): Map<string, string[]> {
  const files = globSync(SOURCES, { cwd: directory });
  return new Map(
    files.map((file) => {
      const source = readFileSync(join(directory, file), 'utf8');
      return [file, [...source.matchAll(IMPORT)].map(([, specifier = '']) => specifier)];
    }),
  );
}

/**
 * The imports that go past a door: by a path into another room, or out of all rooms. Tests may reach inside. An import by
 * name passes a door or fails, since Node refuses what `exports` does not list.
 */
export function importsPastDoors(directory: string): string[] {
  const rooms = readRooms(directory);
  return [...specifiersOf(directory)]
    .filter(([file]) => !file.startsWith('test/'))
    .flatMap(([file, specifiers]) =>
      specifiers
        .filter((to) => to.startsWith('.') && roomOf(join(dirname(file), to), rooms) !== roomOf(file, rooms))
        .map((to) => `${file} imports ${to}`),
    );
}

/** The rooms that each room depends on, by name. */
export function dependenciesOf(rooms: Rooms): Map<string, string[]> {
  const names = [...rooms.values()].map(({ name }) => name);
  return new Map(
    [...rooms.values()].map(({ name, dependencies, devDependencies }) => [
      name,
      names.filter((other) => other in { ...devDependencies, ...dependencies }),
    ]),
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

/**
 * There must be no circle of packages, of folders or of files. Each can then be read, moved and tested before the
 * others. And a room is entered through its doors.
 */
if (import.meta.main) {
  const imports = importsOf('.');
  const graphs = [dependenciesOf(readRooms('.')), foldersOf(imports), imports];
  const faults = [
    ...graphs.flatMap(circlesOf).map((circle) => `a circle of imports: ${circle}`),
    ...importsPastDoors('.').map((way) => `an import past the door of a room: ${way}`),
  ];
  for (const fault of faults) console.error(fault);
  process.exit(faults.length === 0 ? 0 : 1);
}
