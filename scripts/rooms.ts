import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the scripts read of the package.json of a room. */
export interface Manifest {
  name: string;
  private?: boolean;
  description?: string;
  keywords?: string[];
  sideEffects?: boolean;
  /** The doors: the sources that others may import, each by its name. */
  exports?: Record<string, string>;
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  publishConfig?: { exports?: Record<string, string> };
}

/** The packages of this project, by their folders. */
export type Rooms = Map<string, Manifest>;

/** Reads the rooms that package.json lists as workspaces. */
export function readRooms(directory: string): Rooms {
  const read = (folder: string) => JSON.parse(readFileSync(join(directory, folder, 'package.json'), 'utf8'));
  const { workspaces = [] }: { workspaces?: string[] } = read('.');
  return new Map(workspaces.map((folder) => [folder, read(folder)]));
}

/** @returns the folder of the room that a file is in, or '' if it is in none. A room may be inside another. */
export function roomOf(file: string, rooms: Rooms): string {
  const around = [...rooms.keys()].filter((folder) => file.startsWith(`${folder}/`));
  return around.reduce((longest, folder) => (folder.length > longest.length ? folder : longest), '');
}

/** @returns the source behind an import by a path or by the name of a room, or undefined for all other imports */
export function sourceOf(specifier: string, importer: string, rooms: Rooms): string | undefined {
  if (specifier.startsWith('.')) return join(importer, '..', specifier);
  for (const [folder, { name, exports = {} }] of rooms) {
    if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
    const door = `.${specifier.slice(name.length)}`;
    const source = exports[door] ?? exports['./*']?.replace('*', door.slice(2));
    if (source) return join(folder, source);
  }
  return undefined;
}
