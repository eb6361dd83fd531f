import { create, find, textButton } from '../dom.ts';
import { NUMBER, PERCENT, text } from '../words/language.ts';
import { formatSize, formatTimeLeft } from '../words/words.ts';
import type { Batch, FailureGroup, Upload } from './batch.ts';
import { createMeter } from './batch.ts';

/** The most rows that are shown. The others appear as a number. */
const MAX_ROWS = 50;
/** The most names that are shown of files with the same failure. */
const MAX_NAMES = 3;

export interface TrayActions {
  cancel(upload: Upload): void;
  cancelAll(): void;
  retry(uploads: Upload[]): void;
  dismiss(uploads: Upload[]): void;
}

/** The panel in the corner: all uploads as one, and the uploads that need the person. */
export function createTray(batch: Batch, actions: TrayActions): { show(): void } {
  const tray = find('tray', HTMLElement);
  const list = find('uploads', HTMLElement);
  const failures = find('failures', HTMLElement);
  const progress = find('tray-progress', HTMLProgressElement);
  const fold = find('tray-fold', HTMLButtonElement);
  const meter = createMeter(() => performance.now());
  const rows = new Map<Upload, ReturnType<typeof createRow>>();
  /** True after the person has closed or folded the panel, until there is something new to see. */
  let isClosed = false;
  let isDue = false;

  function createRow({ wanted: { name } }: Upload, onCancel: () => void) {
    const bar = create('progress', { max: '1', value: '0', 'aria-label': text('uploadOf', { name }) });
    const status = create('span', { class: 'quiet' });
    const cancel = textButton(text('cancel'), text('cancelUpload', { name }), onCancel);
    const title = create('span', { class: 'name', title: name }, name);
    return { bar, status, element: create('li', { 'data-name': name }, title, status, cancel, bar) };
  }

  function showRows(uploads: Upload[]): void {
    const shown = uploads.slice(0, MAX_ROWS);
    for (const upload of rows.keys()) if (!shown.includes(upload)) rows.delete(upload);
    const elements = shown.map((upload) => {
      const row = rows.get(upload) ?? createRow(upload, () => actions.cancel(upload));
      rows.set(upload, row);
      const { state, file, sentBytes } = upload;
      row.element.dataset['state'] = state;
      row.bar.hidden = state !== 'sending';
      row.bar.value = file.size === 0 ? 0 : sentBytes / file.size;
      const status =
        state === 'sending'
          ? text('sending', { size: formatSize(file.size) })
          : text(state === 'asking' ? 'asking' : 'waiting');
      // The same words again would cost a new layout of all rows.
      if (row.status.textContent !== status) row.status.textContent = status;
      return row.element;
    });
    replaceRows(list, elements);
    const more = find('tray-more', HTMLElement);
    more.hidden = uploads.length <= MAX_ROWS;
    more.textContent = text('more', { count: NUMBER.format(uploads.length - MAX_ROWS) });
  }

  function createFailure({ failure, uploads }: FailureGroup): HTMLLIElement {
    const names = uploads.map(({ wanted }) => wanted.name);
    const first = names.slice(0, MAX_NAMES).join(', ');
    const left = names.length - MAX_NAMES;
    const words = left > 0 ? `${first}, ${text('more', { count: NUMBER.format(left) })}` : first;
    const buttons = [
      textButton(text('dismiss'), text('dismissFor', { names: words }), () => actions.dismiss(uploads)),
    ];
    if (failure.canRetry) {
      buttons.unshift(
        textButton(text('tryAgain'), text('tryAgainFor', { names: words }), () => actions.retry(uploads)),
      );
    }
    return create(
      'li',
      { 'data-state': 'failed', 'data-count': String(names.length) },
      create('span', { class: 'failed' }, failure.words),
      create('span', { class: 'name', title: names.slice(0, 100).join('\n') }, words),
      ...buttons,
    );
  }

  function showFailures(groups: FailureGroup[]): void {
    const key = JSON.stringify(groups.map(({ failure, uploads }) => [failure.words, uploads.length]));
    // A button must not be replaced while it is pressed.
    if (failures.dataset['key'] === key) return;
    failures.dataset['key'] = key;
    replaceRows(failures, groups.map(createFailure));
  }

  function draw(): void {
    isDue = false;
    const uploads = batch.unfinished();
    const groups = batch.failures();
    const { done, count, bytes, sentBytes } = batch.progress();
    const isBusy = uploads.length > 0;
    if (isBusy) isClosed = false;
    tray.hidden = isClosed || (!isBusy && groups.length === 0);
    progress.hidden = !isBusy;
    find('tray-pace', HTMLElement).hidden = !isBusy;
    find('tray-cancel', HTMLElement).hidden = !isBusy;
    find('tray-close', HTMLElement).hidden = isBusy;
    const fraction = bytes === 0 ? 0 : sentBytes / bytes;
    progress.value = fraction;
    if (isBusy) meter.note(sentBytes);
    else meter.reset();
    const failed = groups.reduce((sum, group) => sum + group.uploads.length, 0);
    find('tray-title', HTMLElement).textContent = isBusy
      ? text('uploading', { done: NUMBER.format(done), count: NUMBER.format(count) })
      : text('failedMany', { count: NUMBER.format(failed) });
    find('tray-pace', HTMLElement).textContent = paceOf(fraction, bytes - sentBytes);
    showRows(uploads);
    showFailures(groups);
  }

  function paceOf(fraction: number, leftBytes: number): string {
    const percent = PERCENT.format(fraction);
    const speed = meter.speed();
    if (!speed) return percent;
    const left = formatTimeLeft(Math.max(Math.ceil(leftBytes / speed), 1));
    return text('uploadPace', { percent, speed: formatSize(Math.round(speed)), left });
  }

  function setFolded(isFolded: boolean): void {
    tray.classList.toggle('folded', isFolded);
    fold.setAttribute('aria-expanded', String(!isFolded));
    const label = text(isFolded ? 'unfold' : 'fold');
    fold.setAttribute('aria-label', label);
    fold.title = label;
  }

  fold.addEventListener('click', () => setFolded(!tray.classList.contains('folded')));
  find('tray-cancel', HTMLElement).addEventListener('click', actions.cancelAll);
  find('tray-close', HTMLElement).addEventListener('click', () => {
    isClosed = true;
    actions.dismiss(batch.failures().flatMap(({ uploads }) => uploads));
  });

  return {
    show(): void {
      if (isDue) return;
      isDue = true;
      // A tab in the background draws no frames, but its uploads go on.
      setTimeout(draw, 50);
    },
  };
}

/** If the focus was in a row that goes, it moves to the choice of files, not to the top of the page. */
function replaceRows(list: HTMLElement, rows: HTMLElement[]): void {
  const focused = document.activeElement;
  const hadFocus = list.contains(focused);
  if (rows.length !== list.children.length || rows.some((row, index) => list.children[index] !== row)) {
    list.replaceChildren(...rows);
    // A row that stays loses the focus when it is inserted again.
    if (hadFocus && focused instanceof HTMLElement)
      (focused.isConnected ? focused : find('file-input', HTMLElement)).focus();
  }
}
