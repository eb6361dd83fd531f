import type { Entry } from './card.ts';

export type Selection = ReturnType<typeof createSelection>;

/** The selected files, by name, and folders, by path. Also the start of a range that Shift ends. */
export function createSelection(onChange: () => void) {
  const keys = new Set<string>();
  let anchor: string | undefined;

  return {
    has: (key: string) => keys.has(key),
    size: () => keys.size,
    keys: () => [...keys],
    /** @param isSelected the new state; by default the opposite of the present state */
    toggle(key: string, isSelected = !keys.has(key)): void {
      if (isSelected) keys.add(key);
      else keys.delete(key);
      anchor = key;
      onChange();
    },
    /** Selects from the last touched entry up to this one, in the shown order. */
    extend(key: string, entries: readonly Entry[]): void {
      const shown = entries.map(keyOf);
      const end = shown.indexOf(key);
      // The last touched entry may be gone, or the search does not find it.
      const touched = anchor === undefined ? -1 : shown.indexOf(anchor);
      if (touched < 0) anchor = key;
      const start = touched < 0 ? end : touched;
      for (const each of shown.slice(Math.min(start, end), Math.max(start, end) + 1)) keys.add(each);
      onChange();
    },
    all(entries: readonly Entry[]): void {
      for (const entry of entries) keys.add(keyOf(entry));
      onChange();
    },
    clear(): void {
      keys.clear();
      anchor = undefined;
      onChange();
    },
    /** Drops what is gone. */
    keep(isThere: (key: string) => boolean): void {
      const gone = [...keys].filter((key) => !isThere(key));
      for (const key of gone) keys.delete(key);
      onChange();
    },
  };
}

/** The name of a file, or the path of a folder, which ends in `/`. */
export function keyOf(entry: Entry): string {
  return entry.kind === 'file' ? entry.file.name : entry.path;
}
