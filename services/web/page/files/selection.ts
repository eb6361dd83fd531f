import { signal } from '@preact/signals';
import type { Entry } from './kinds.ts';

const selected = signal<ReadonlySet<string>>(new Set());
/** The start of a range that Shift ends. */
let anchor: string | undefined;

function add(...keys: readonly string[]): void {
  selected.value = new Set([...selected.value, ...keys]);
}

/** The selected files, by name, and folders, by path. */
export const selection = {
  has: (key: string) => selected.value.has(key),
  size: () => selected.value.size,
  keys: () => [...selected.value],
  /** @param isSelected the new state; by default the opposite of the present state */
  toggle(key: string, isSelected = !selected.value.has(key)): void {
    anchor = key;
    if (isSelected) add(key);
    else selection.keep((each) => each !== key);
  },
  /** Selects from the last touched entry up to this one, in the shown order. */
  extend(key: string, entries: readonly Entry[]): void {
    const shown = entries.map(keyOf);
    const end = shown.indexOf(key);
    // The last touched entry may be gone, or the search does not find it.
    const touched = anchor === undefined ? -1 : shown.indexOf(anchor);
    if (touched < 0) anchor = key;
    const start = touched < 0 ? end : touched;
    add(...shown.slice(Math.min(start, end), Math.max(start, end) + 1));
  },
  all: (entries: readonly Entry[]) => add(...entries.map(keyOf)),
  clear(): void {
    anchor = undefined;
    if (selected.value.size > 0) selected.value = new Set();
  },
  /** Drops what is gone. */
  keep(isThere: (key: string) => boolean): void {
    const kept = [...selected.value].filter(isThere);
    if (kept.length < selected.value.size) selected.value = new Set(kept);
  },
};

/** The name of a file, or the path of a folder, which ends in `/`. */
export function keyOf(entry: Entry): string {
  return entry.kind === 'file' ? entry.file.name : entry.path;
}
