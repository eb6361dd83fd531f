import type { BatchOptions } from '@cloudfront-cookie-gateway/client/files';
import { announce, create, find, removeRow, textButton } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { describe } from './dialog.ts';

/** A shorter task is not shown. */
const SHOWN_AFTER_MS = 500;

/** Work on many files that takes a while. */
export interface Task {
  title: string;
  /** Runs again if the person goes on after a stop or a failure. It then does what is left. */
  run(options: BatchOptions): Promise<void>;
  /** Called after each run, however it ended. */
  onRest(): void;
  /** Called if a run failed. The reason has been said. */
  onFail?(error: unknown): void;
}

const STOPPED = new DOMException('stopped', 'AbortError');

export type Tasks = ReturnType<typeof createTasks>;

/** The panel of the tasks under way, and of those that were stopped or failed. */
export function createTasks() {
  const rows = create('ul', {});
  const panel = create('section', { id: 'tasks', 'aria-label': text('tasks'), hidden: '' }, rows);
  const running = new Set<AbortController>();
  find('tray', HTMLElement).before(panel);

  function showPanel(): void {
    panel.hidden = rows.childElementCount === 0;
  }

  function drop(row: HTMLElement): void {
    removeRow(row);
    showPanel();
  }

  async function run(task: Task, row: ReturnType<typeof createRow>): Promise<void> {
    const stopping = new AbortController();
    /** Somebody has signed out. */
    const isCleared = () => stopping.signal.aborted && stopping.signal.reason !== STOPPED;
    running.add(stopping);
    row.showRunning(() => stopping.abort(STOPPED));
    try {
      await task.run({ signal: stopping.signal, onProgress: row.onProgress });
      drop(row.element);
    } catch (error) {
      if (isCleared()) return;
      const isStopped = error === STOPPED;
      if (!row.element.isConnected) rows.append(row.element);
      row.showResting(isStopped ? undefined : describe(error), {
        goOn: () => void run(task, row),
        dismiss: () => drop(row.element),
      });
      showPanel();
      if (!isStopped) task.onFail?.(error);
    } finally {
      running.delete(stopping);
      if (!isCleared()) task.onRest();
    }
  }

  addEventListener('beforeunload', (event) => {
    if (running.size > 0) event.preventDefault();
  });

  return {
    /** Resolves when the first run has ended. */
    async start(task: Task): Promise<void> {
      const row = createRow(task.title);
      let isOver = false;
      setTimeout(() => {
        if (!isOver && !row.element.isConnected) rows.append(row.element);
        showPanel();
      }, SHOWN_AFTER_MS);
      await run(task, row);
      isOver = true;
    },
    /** Stops all tasks, and shows none of them any more. */
    clear(): void {
      for (const each of running) each.abort();
      rows.replaceChildren();
      showPanel();
    },
  };
}

function createRow(title: string) {
  const bar = create('progress', { max: '1', 'aria-label': title });
  const state = create('span', { class: 'quiet' });
  const buttons = create('span', { class: 'buttons' });
  const element = create('li', {}, create('strong', { class: 'name' }, title), state, bar, buttons);
  let last = { done: 0, count: 0 };

  return {
    element,
    onProgress(progress: { done: number; count: number }): void {
      last = progress;
      bar.value = progress.done / progress.count;
      state.textContent = text('progress', numbers(progress));
    },
    showRunning(onStop: () => void): void {
      bar.hidden = false;
      bar.removeAttribute('value');
      state.className = 'quiet';
      state.textContent = text('beginning');
      replaceButtons(buttons, textButton(text('stop'), text('stopOf', { title }), onStop));
    },
    /** @param reason why it failed. Undefined if the person stopped it */
    showResting(reason: string | undefined, actions: { goOn: () => void; dismiss: () => void }): void {
      bar.hidden = true;
      state.className = reason === undefined ? 'quiet' : 'failed';
      const stopped = last.count > 0 ? text('stopped', numbers(last)) : '';
      state.textContent = [stopped, reason].filter(Boolean).join(' ');
      announce(`${title}: ${state.textContent}`);
      replaceButtons(
        buttons,
        textButton(text('goOn'), text('goOnWith', { title }), actions.goOn),
        textButton(text('dismiss'), text('dismissOf', { title }), actions.dismiss),
      );
    },
  };
}

/** The focus stays on a button that has another meaning now. */
function replaceButtons(place: HTMLElement, ...next: HTMLButtonElement[]): void {
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(...next);
  if (hadFocus) next[0]?.focus();
}

function numbers({ done, count }: { done: number; count: number }) {
  return { done: NUMBER.format(done), count: NUMBER.format(count) };
}
