import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import process from 'node:process';

/** Editors and `cdk synth` write a file in several steps. */
const SETTLE_MS = 100;

export interface Watcher {
  /** Watches files, or everything in folders. Any of them may be missing for a while. */
  add(paths: Iterable<string>): void;
  stop(): void;
}

/**
 * Calls back once something has changed. Editors write a new file and give it the old one's name, and a build replaces
 * its folder, or a folder above it. A watch of the thing itself would not see that. So this watches folders: those in
 * the thing, and those between here and it. `watch` with `recursive` would open a watch for each file.
 */
export function createWatcher(changed: () => unknown): Watcher {
  const meant = new Set<string>();
  let open: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const folders = new Set([...meant].flatMap((path) => [...foldersTo(path), ...foldersIn(path)]));
    const former = open;
    // A change between the two is seen twice, and none is lost.
    open = [...folders].flatMap(watchOf);
    for (const one of former) one.close();
  }

  function watchOf(folder: string): FSWatcher[] {
    try {
      const one = watch(folder, (_event, name) => {
        if (name !== null && !counts(join(folder, name))) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          look();
          changed();
        }, SETTLE_MS);
      });
      // The folder may go at any time. Then the folder around it tells.
      return [one.on('error', () => one.close())];
    } catch {
      return [];
    }
  }

  function counts(file: string): boolean {
    return [...meant].some(
      (path) => path === file || file.startsWith(path + sep) || path.startsWith(file + sep),
    );
  }

  return {
    add(paths) {
      for (const path of paths) meant.add(resolve(path));
      look();
    },
    stop() {
      clearTimeout(timer);
      for (const one of open) one.close();
    },
  };
}

/** The folders between here and a thing, to which the way may lead through folders around both. */
function foldersTo(path: string): string[] {
  const here = process.cwd();
  const between = relative(here, dirname(path)).split(sep);
  return between.map((_name, index) => join(here, ...between.slice(0, index + 1))).concat(here);
}

/** Large, and no part of what is served. */
const SKIPPED = ['.git', 'node_modules'];

/** A folder, and all folders in it. None for a file, or for what is not there. */
function foldersIn(path: string): string[] {
  if (!isFolder(path)) return [];
  const inner = readdirSync(path, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !SKIPPED.includes(entry.name),
  );
  return [path, ...inner.flatMap(({ name }) => foldersIn(join(path, name)))];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
