import type { BatchOptions, Progress } from '@cloudfront-cookie-gateway/client/files';
import { effect, type Signal, signal } from '@preact/signals';
import { render } from 'preact';
import { announce, find } from '../dom.ts';
import { session } from '../state.ts';
import { Button } from '../ui/parts.tsx';
import { NUMBER, text } from '../words/language.ts';
import { describe } from './failures.ts';

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

/** A task under way, or one that was stopped or failed. */
interface Shown {
  task: Task;
  progress: Signal<Progress | undefined>;
  /** Missing while it rests. */
  stopping: Signal<AbortController | undefined>;
  /** Why it failed. */
  reason: Signal<string>;
}

const STOPPED = new DOMException('stopped', 'AbortError');

const rows = signal<readonly Shown[]>([]);
const running = new Set<AbortController>();

const drop = (row: Shown) => {
  rows.value = rows.value.filter((each) => each !== row);
};
const show = (row: Shown) => {
  if (!rows.value.includes(row)) rows.value = [...rows.value, row];
};

/** Resolves when the first run of the task has ended. */
export async function startTask(task: Task): Promise<void> {
  const row = { task, progress: signal(), stopping: signal(), reason: signal('') };
  const timer = setTimeout(() => show(row), SHOWN_AFTER_MS);
  await run(row);
  clearTimeout(timer);
}

async function run(row: Shown): Promise<void> {
  const { task, progress, stopping, reason } = row;
  const own = new AbortController();
  const { signal } = own;
  /** Somebody has signed out. */
  const isCleared = () => signal.aborted && signal.reason !== STOPPED;
  running.add(own);
  stopping.value = own;
  reason.value = '';
  try {
    await task.run({
      signal,
      onProgress(next) {
        progress.value = next;
      },
    });
    drop(row);
  } catch (error) {
    if (isCleared()) return;
    stopping.value = undefined;
    if (error !== STOPPED) reason.value = describe(error);
    show(row);
    announce(`${task.title}: ${stateOf(row)}`);
    if (error !== STOPPED) task.onFail?.(error);
  } finally {
    running.delete(own);
    if (!isCleared()) task.onRest();
  }
}

addEventListener('beforeunload', (event) => {
  if (running.size > 0) event.preventDefault();
});
render(<Panel />, find('panels', HTMLElement).appendChild(document.createElement('div')));
effect(() => {
  if (session.value) return;
  // Somebody has signed out.
  for (const each of running) each.abort();
  rows.value = [];
});

/** How far a task is, and why it rests. */
function stateOf({ progress, stopping, reason }: Shown): string {
  const { done = 0, count = 0 } = progress.value ?? {};
  const numbers = { done: NUMBER.format(done), count: NUMBER.format(count) };
  if (stopping.value) return progress.value ? text('progress', numbers) : text('beginning');
  return [count > 0 ? text('stopped', numbers) : '', reason.value].filter(Boolean).join(' ');
}

/** The panel of the tasks under way, and of those that were stopped or failed. */
function Panel() {
  if (rows.value.length === 0) return null;
  return (
    <section id="tasks" class="panel" aria-label={text('tasks')}>
      <ul>
        {rows.value.map((row) => (
          <TaskRow key={row.task} row={row} goOn={() => void run(row)} dismiss={() => drop(row)} />
        ))}
      </ul>
    </section>
  );
}

/** The focus stays on a button that has another meaning now. */
function TaskRow({ row, goOn, dismiss }: { row: Shown; goOn: () => void; dismiss: () => void }) {
  const { title } = row.task;
  const { value: progress } = row.progress;
  const { value: stopping } = row.stopping;
  const [words, label, act] = stopping
    ? [text('stop'), text('stopOf', { title }), () => stopping.abort(STOPPED)]
    : [text('goOn'), text('goOnWith', { title }), goOn];
  return (
    <li>
      <strong class="name">{title}</strong>
      <span class={row.reason.value ? 'failed' : 'quiet'}>{stateOf(row)}</span>
      {stopping && <progress max="1" aria-label={title} value={progress && progress.done / progress.count} />}
      <span class="buttons">
        <Button words={words} label={label} onClick={act} />
        {!stopping && (
          <Button words={text('dismiss')} label={text('dismissOf', { title })} onClick={dismiss} />
        )}
      </span>
    </li>
  );
}
