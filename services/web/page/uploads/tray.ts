import { create, find, focusAgain, iconButton, textButton } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { NUMBER, PERCENT, text } from '../words/language.ts';
import { formatSize, formatTimeLeft } from '../words/words.ts';
import { type Batch, createMeter, type FailureGroup, groupByReason, type Upload } from './batch.ts';
import type { Course } from './sender.ts';

/** The most rows that are shown. The others appear as a number. */
const MAX_ROWS = 50;
/** The most names that are shown of files with the same failure. */
const MAX_NAMES = 3;
/** Without news of the uploads, the panel is drawn again after this time: their speed falls, and they may stall. */
const REDRAW_MS = 1_000;

export interface TrayActions {
  /** What the uploads do that have not ended. */
  course(): Course;
  pause(): void;
  goOn(): void;
  signIn(): void;
  /** Lets the person decide about the names that are taken. */
  choose(): void;
  cancel(upload: Upload): void;
  cancelAll(): void;
  retry(uploads: Upload[]): void;
  dismiss(uploads: Upload[]): void;
  /** Names the place of an owner's files for the person. Empty if there is only one place. */
  nameOf(owner: Owner): string;
}

/** The panel in the corner: all uploads as one, and the uploads that need the person. */
export function createTray(batch: Batch, actions: TrayActions): { show(): void } {
  const tray = find('tray', HTMLElement);
  const showRows = createRows(actions);
  const showPace = createPace();
  let isDue = false;
  let redraw: number | undefined;

  function draw(): void {
    isDue = false;
    clearTimeout(redraw);
    const uploads = batch.unfinished();
    const failed = batch.failed();
    const course = actions.course();
    const isBusy = uploads.length > 0;
    tray.hidden = !isBusy && failed.length === 0;
    tray.dataset['course'] = isBusy ? course : 'ended';
    for (const id of ['tray-progress', 'tray-pace', 'tray-cancel']) find(id, HTMLElement).hidden = !isBusy;
    find('tray-close', HTMLElement).hidden = isBusy;
    const { done, count, ...progress } = batch.progress();
    find('tray-title', HTMLElement).textContent = isBusy
      ? titleOf(course, { done: NUMBER.format(done), count: NUMBER.format(count) })
      : text('failedMany', { count: NUMBER.format(failed.length) });
    showPause(isBusy, course);
    find('tray-sign-in', HTMLElement).hidden = !isBusy || course !== 'signedOut';
    showPace(isBusy && course === 'going', progress);
    showAsking(uploads);
    showRows(uploads, course);
    showFailures(groupByReason(failed), actions);
    if (isBusy) redraw = setTimeout(draw, REDRAW_MS);
  }

  watchFold(tray);
  find('tray-pause', HTMLElement).addEventListener('click', () => {
    if (actions.course() === 'paused') actions.goOn();
    else actions.pause();
    draw();
  });
  find('tray-cancel', HTMLElement).addEventListener('click', actions.cancelAll);
  find('tray-close', HTMLElement).addEventListener('click', () => actions.dismiss(batch.failed()));
  find('tray-sign-in-button', HTMLElement).addEventListener('click', actions.signIn);
  find('tray-choose', HTMLElement).addEventListener('click', actions.choose);
  for (const event of ['online', 'offline']) addEventListener(event, draw);

  return {
    show(): void {
      if (isDue) return;
      isDue = true;
      // A tab in the background draws no frames, but its uploads go on.
      setTimeout(draw, 50);
    },
  };
}

function titleOf(course: Course, progress: { done: string; count: string }): string {
  if (course === 'offline') return text('waitingForNetwork');
  if (course === 'paused') return text('paused');
  return course === 'signedOut' ? text('signInToGoOn') : text('uploading', progress);
}

function showPause(isBusy: boolean, course: Course): void {
  const pause = find('tray-pause', HTMLElement);
  pause.hidden = !isBusy || course === 'signedOut';
  pause.textContent = text(course === 'paused' ? 'goOn' : 'pause');
}

/** The line about uploads whose names are taken. */
function showAsking(uploads: Upload[]): void {
  const count = uploads.filter(({ state }) => state === 'asking').length;
  find('tray-asking', HTMLElement).hidden = count === 0;
  find('tray-asking-words', HTMLElement).textContent =
    count === 1 ? text('takenOne') : text('takenMany', { count: NUMBER.format(count) });
}

/** The button that folds the panel to its head. */
function watchFold(tray: HTMLElement): void {
  const fold = find('tray-fold', HTMLButtonElement);
  fold.addEventListener('click', () => {
    const isFolded = tray.classList.toggle('folded');
    fold.setAttribute('aria-expanded', String(!isFolded));
    const label = text(isFolded ? 'unfold' : 'fold');
    fold.setAttribute('aria-label', label);
    fold.title = label;
  });
}

/** The bar of all uploads, and words for their speed and the time left. */
function createPace() {
  const meter = createMeter(() => performance.now());

  return (isGoing: boolean, { sentBytes, bytes }: { sentBytes: number; bytes: number }): void => {
    if (isGoing) meter.note(sentBytes);
    else meter.reset();
    const fraction = bytes === 0 ? 0 : sentBytes / bytes;
    find('tray-progress', HTMLProgressElement).value = fraction;
    const percent = PERCENT.format(fraction);
    const speed = meter.speed();
    find('tray-pace', HTMLElement).textContent = speed
      ? text('uploadPace', {
          percent,
          speed: formatSize(Math.round(speed)),
          left: formatTimeLeft(Math.max(Math.ceil((bytes - sentBytes) / speed), 1)),
        })
      : percent;
  };
}

/** The uploads that have not failed. */
function createRows(actions: TrayActions) {
  const rows = new WeakMap<Upload, ReturnType<typeof createRow>>();

  return (uploads: Upload[], course: Course): void => {
    const shown = uploads.slice(0, MAX_ROWS);
    const elements = shown.map((upload) => {
      const row = rows.get(upload) ?? createRow(upload, actions);
      rows.set(upload, row);
      row.show(course);
      return row.element;
    });
    replaceRows(find('uploads', HTMLElement), elements);
    const more = find('tray-more', HTMLElement);
    more.hidden = uploads.length <= MAX_ROWS;
    more.textContent = text('more', { count: NUMBER.format(uploads.length - MAX_ROWS) });
  };
}

/** What an upload waits for. */
const WAITING = {
  going: 'waiting',
  offline: 'waitingForNetwork',
  paused: 'paused',
  signedOut: 'signInToGoOn',
} as const;

function createRow(upload: Upload, { cancel: onCancel, nameOf }: TrayActions) {
  const { wanted, file, owner } = upload;
  const { name } = wanted;
  const bar = create('progress', { max: '1', value: '0', 'aria-label': text('uploadOf', { name }) });
  const status = create('span', { class: 'quiet' });
  const cancel = iconButton('close', text('cancelUpload', { name }), () => onCancel(upload));
  const title = create('span', { class: 'name', title: name }, name);
  const element = create('li', { 'data-name': name }, title, status, cancel, bar);

  return {
    element,
    show(course: Course): void {
      const { state, sentBytes } = upload;
      element.dataset['state'] = state;
      bar.hidden = state !== 'sending';
      bar.value = file.size === 0 ? 0 : sentBytes / file.size;
      const progress =
        state === 'sending'
          ? text('sending', { size: formatSize(file.size) })
          : text(state === 'asking' ? 'asking' : WAITING[course]);
      const words = withPlace(progress, nameOf(owner));
      // The same words again would cost a new layout of all rows.
      if (status.textContent !== words) status.textContent = words;
    },
  };
}

function withPlace(words: string, place: string): string {
  return place === '' ? words : `${words} · ${place}`;
}

function showFailures(groups: FailureGroup[], actions: TrayActions): void {
  const failures = find('failures', HTMLElement);
  const key = JSON.stringify(
    groups.map(({ failure, owner, uploads }) => [failure.words, uploads.length, owner.team?.id]),
  );
  // A button must not be replaced while it is pressed.
  if (failures.dataset['key'] === key) return;
  failures.dataset['key'] = key;
  replaceRows(
    failures,
    groups.map((group) => createFailure(group, actions)),
  );
}

function createFailure(
  { failure, owner, uploads }: FailureGroup,
  { retry, dismiss, nameOf }: TrayActions,
): HTMLLIElement {
  const names = uploads.map(({ wanted }) => wanted.name);
  const first = names.slice(0, MAX_NAMES).join(', ');
  const left = names.length - MAX_NAMES;
  const words = left > 0 ? `${first}, ${text('more', { count: NUMBER.format(left) })}` : first;
  const again = textButton(text('tryAgain'), text('tryAgainFor', { names: words }), () => retry(uploads));
  return create(
    'li',
    { 'data-state': 'failed', 'data-count': String(names.length) },
    create('span', { class: 'failed' }, failure.words),
    create('span', { class: 'name', title: names.slice(0, 100).join('\n') }, withPlace(words, nameOf(owner))),
    ...(failure.canRetry ? [again] : []),
    textButton(text('dismiss'), text('dismissFor', { names: words }), () => dismiss(uploads)),
  );
}

/** If the focus was in a row that goes, it does not fall to the top of the page. */
function replaceRows(list: HTMLElement, rows: HTMLElement[]): void {
  const focused = document.activeElement;
  const hadFocus = list.contains(focused);
  if (rows.length !== list.children.length || rows.some((row, index) => list.children[index] !== row)) {
    list.replaceChildren(...rows);
    // A row that stays loses the focus when it is inserted again.
    if (!hadFocus || !(focused instanceof HTMLElement)) return;
    if (focused.isConnected) focused.focus();
    else focusAgain();
  }
}
