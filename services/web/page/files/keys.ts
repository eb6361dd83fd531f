import type { Grid } from './grid.ts';
import { keyOf, selection } from './selection.ts';

/** The keys of the gallery, besides Tab and Enter. */
export function watchKeys(list: HTMLElement, grid: Grid, onDelete: () => void): void {
  const keyAt = (index: number) => {
    const entry = grid.entries()[index];
    return entry && keyOf(entry);
  };

  function move(from: number, to: number, isRange: boolean): void {
    const index = Math.min(Math.max(to, 0), grid.entries().length - 1);
    grid.focus(index);
    const [start, end] = [keyAt(from), keyAt(index)];
    if (!isRange || end === undefined) return;
    if (start !== undefined && selection.size() === 0) selection.toggle(start, true);
    selection.extend(end, grid.entries());
  }

  const targetOf = (key: string, at: number): number | undefined => {
    if (key === 'ArrowLeft') return at - 1;
    if (key === 'ArrowRight') return at + 1;
    if (key === 'ArrowUp') return grid.step(at, -1);
    if (key === 'ArrowDown') return grid.step(at, 1);
    if (key === 'Home') return 0;
    return key === 'End' ? grid.entries().length - 1 : undefined;
  };

  list.addEventListener('keydown', (event) => {
    const { key, target, shiftKey } = event;
    // With these keys, the arrows are the browser's own: Alt and an arrow go back and forward.
    const isChord = event.altKey || event.ctrlKey || event.metaKey;
    const isLink = target instanceof Element && target.matches('.name');
    const at = grid.indexOf(target instanceof Element ? target : null);
    if (at < 0) return;
    const to = isLink && !isChord ? targetOf(key, at) : undefined;
    const here = keyAt(at);
    if (to !== undefined) move(at, to, shiftKey);
    else if (key === ' ' && isLink && here !== undefined) selection.toggle(here);
    else if (key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) selection.all(grid.entries());
    else if (key === 'Escape' && selection.size() > 0) selection.clear();
    else if (key === 'Delete' && (selection.size() > 0 || here !== undefined)) {
      if (selection.size() === 0 && here !== undefined) selection.toggle(here, true);
      onDelete();
    } else return;
    event.preventDefault();
  });
}
