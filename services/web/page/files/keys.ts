import type { Grid } from './grid.ts';
import type { Selection } from './selection.ts';

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
