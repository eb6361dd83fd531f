import type { Entry } from './card.ts';

export type Selection = ReturnType<typeof createSelection>;

/** The selected files, by name, and the start of a range that Shift ends. */
export function createSelection(onChange: () => void) {
  const names = new Set<string>();
  let anchor: string | undefined;

  return {
    has: (name: string) => names.has(name),
    size: () => names.size,
    names: () => [...names],
    /** @param isSelected the new state; by default the opposite of the present state */
    toggle(name: string, isSelected = !names.has(name)): void {
      if (isSelected) names.add(name);
      else names.delete(name);
      anchor = name;
      onChange();
    },
    /** Selects from the last touched file up to this file, in the shown order. */
    extend(name: string, entries: readonly Entry[]): void {
      const shown = namesOf(entries);
      const end = shown.indexOf(name);
      const start = anchor === undefined ? end : Math.max(shown.indexOf(anchor), 0);
      for (const each of shown.slice(Math.min(start, end), Math.max(start, end) + 1)) names.add(each);
      anchor ??= name;
      onChange();
    },
    all(entries: readonly Entry[]): void {
      for (const name of namesOf(entries)) names.add(name);
      onChange();
    },
    clear(): void {
      names.clear();
      anchor = undefined;
      onChange();
    },
    /** Drops the files that are gone. */
    keep(isThere: (name: string) => boolean): void {
      const gone = [...names].filter((name) => !isThere(name));
      for (const name of gone) names.delete(name);
      if (gone.length > 0) onChange();
    },
  };
}

function namesOf(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) => (entry.kind === 'file' ? [entry.file.name] : []));
}
