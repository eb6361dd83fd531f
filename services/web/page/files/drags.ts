import type { Entry } from './kinds.ts';

export interface DragOptions {
  /** What moves with an entry: the entry, or all that is selected with it. Nothing where the person may not move it. */
  dragged(entry: Entry): string[];
  entryOf(element: Element): Entry | undefined;
  /** @param folder empty, or ends in `/` */
  moveInto(keys: readonly string[], folder: string): unknown;
}

/** Cards are dragged onto a folder of the gallery, or onto one that leads to the shown folder. */
export function watchDrags(list: HTMLElement, { dragged, entryOf, moveInto }: DragOptions): void {
  let keys: string[] = [];
  let over: Element | undefined;

  /** The folder under the pointer, and its element. */
  function targetOf(target: EventTarget | null): { element: Element; folder: string } | undefined {
    if (keys.length === 0 || !(target instanceof Element)) return undefined;
    const step = target.closest<HTMLElement>('#path a:not([aria-current])');
    if (step) return { element: step, folder: step.dataset['folder'] ?? '' };
    const card = target.closest<HTMLElement>('.folder');
    const folder = card?.dataset['folder'];
    return card && folder !== undefined && !keys.includes(folder) ? { element: card, folder } : undefined;
  }

  function mark(element: Element | undefined): void {
    over?.classList.remove('over');
    over = element;
    over?.classList.add('over');
  }

  list.addEventListener('dragstart', (event) => {
    const entry = event.target instanceof Element ? entryOf(event.target) : undefined;
    keys = entry ? dragged(entry) : [];
    event.dataTransfer?.setData('text/plain', keys.join('\n'));
  });
  document.addEventListener('dragover', (event) => {
    const target = targetOf(event.target);
    mark(target?.element);
    if (target) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    const target = targetOf(event.target);
    if (!target) return;
    event.preventDefault();
    moveInto(keys, target.folder);
  });
  addEventListener('dragend', () => {
    keys = [];
    mark(undefined);
  });
}
