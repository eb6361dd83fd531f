import type { Entry } from './card.ts';
import type { Grid } from './grid.ts';

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

/** The keys of the gallery, besides Tab and Enter. */
export function watchKeys(list: HTMLElement, grid: Grid, selection: Selection, onDelete: () => void): void {
  const nameAt = (index: number) => {
    const entry = grid.entries()[index];
    return entry?.kind === 'file' ? entry.file.name : undefined;
  };

  function move(to: number, isRange: boolean, from: number): void {
    const index = Math.min(Math.max(to, 0), grid.entries().length - 1);
    grid.reveal(index)?.querySelector<HTMLElement>('.name')?.focus({ preventScroll: true });
    const [start, end] = [nameAt(from), nameAt(index)];
    if (!isRange || end === undefined) return;
    if (start !== undefined && selection.size() === 0) selection.toggle(start, true);
    selection.extend(end, grid.entries());
  }

  const steps = (): { [key: string]: number | undefined } => {
    const columns = grid.columns();
    const end = grid.entries().length;
    return {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      Home: -end,
      End: end,
    };
  };

  list.addEventListener('keydown', (event) => {
    const { key, target, shiftKey } = event;
    const isLink = target instanceof Element && target.matches('.name');
    const at = grid.indexOf(target instanceof Element ? target : null);
    if (at < 0) return;
    const step = isLink ? steps()[key] : undefined;
    const name = nameAt(at);
    if (step !== undefined) move(at + step, shiftKey, at);
    else if (key === ' ' && isLink && name !== undefined) selection.toggle(name);
    else if (key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) selection.all(grid.entries());
    else if (key === 'Escape' && selection.size() > 0) selection.clear();
    else if (key === 'Delete' && (selection.size() > 0 || name !== undefined)) {
      if (selection.size() === 0 && name !== undefined) selection.toggle(name, true);
      onDelete();
    } else return;
    event.preventDefault();
  });
}
