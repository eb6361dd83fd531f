import type { Entry } from './entry.ts';

export type Selection = ReturnType<typeof createSelection>;

/** Which files are selected, by name, and where a range begins that Shift ends. */
export function createSelection(onChange: () => void) {
  const names = new Set<string>();
  let anchor: string | undefined;

  return {
    has: (name: string) => names.has(name),
    size: () => names.size,
    names: () => [...names],
    /** @param isSelected what it becomes; otherwise the other of what it is */
    toggle(name: string, isSelected = !names.has(name)): void {
      if (isSelected) names.add(name);
      else names.delete(name);
      anchor = name;
      onChange();
    },
    /** Selects from the one that was touched last up to this one, in the order in which they are shown. */
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
    /** Drops what is not there any more. */
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
