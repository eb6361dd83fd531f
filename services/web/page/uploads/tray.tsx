import { signal } from '@preact/signals';
import { render } from 'preact';
import { find } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { Button, IconButton } from '../ui/parts.tsx';
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
  cancel(upload: Upload): void;
  cancelAll(): void;
  retry(uploads: Upload[]): void;
  dismiss(uploads: Upload[]): void;
  /** Names the place of an owner's files for the person. Empty if there is only one place. */
  nameOf(owner: Owner): string;
}

/** What an upload waits for. */
const WAITING = {
  going: 'waiting',
  offline: 'waitingForNetwork',
  paused: 'paused',
  signedOut: 'signInToGoOn',
} as const;

/** The panel in the corner: all uploads as one, and the uploads that need the person. */
export function createTray(batch: Batch, actions: TrayActions): { show(): void } {
  /** The number of drawings. The uploads themselves change far more often. */
  const drawn = signal(0);
  const isFolded = signal(false);
  const meter = createMeter(() => performance.now());
  let isDue = false;
  let redraw: ReturnType<typeof setTimeout> | undefined;

  function draw(): void {
    clearTimeout(redraw);
    isDue = false;
    drawn.value++;
    if (batch.unfinished().length > 0) redraw = setTimeout(draw, REDRAW_MS);
  }

  /** The part that has been sent, and words for it, for the speed and for the time left. */
  function pace(course: Course): [fraction: number, words: string] {
    const { sentBytes, bytes } = batch.progress();
    if (course === 'going') meter.note(sentBytes);
    else meter.reset();
    const fraction = bytes === 0 ? 0 : sentBytes / bytes;
    const percent = PERCENT.format(fraction);
    const speed = meter.speed();
    if (!speed) return [fraction, percent];
    const left = formatTimeLeft(Math.max(Math.ceil((bytes - sentBytes) / speed), 1));
    return [fraction, text('uploadPace', { percent, speed: formatSize(Math.round(speed)), left })];
  }

  function Head({ course }: { course: Course }) {
    const { done, count } = batch.progress();
    const [fraction, words] = pace(course);
    const title = text('uploading', { done: NUMBER.format(done), count: NUMBER.format(count) });
    const isPaused = course === 'paused';
    const toggle = () => {
      if (isPaused) actions.goOn();
      else actions.pause();
      draw();
    };
    return (
      <>
        <h2>{course === 'going' ? title : text(WAITING[course])}</h2>
        <Fold />
        <span class="quiet">{words}</span>
        <progress max="1" value={fraction} aria-label={text('uploads')} />
        {course !== 'signedOut' && <Button words={text(isPaused ? 'goOn' : 'pause')} onClick={toggle} />}
        <Button words={text('cancelAll')} onClick={actions.cancelAll} />
      </>
    );
  }

  const Fold = () => (
    <IconButton
      icon="fold"
      label={text(isFolded.value ? 'unfold' : 'fold')}
      aria-expanded={!isFolded.value}
      aria-controls="tray-body"
      onClick={() => {
        isFolded.value = !isFolded.value;
      }}
    />
  );

  function Tray() {
    const uploads = drawn.value >= 0 ? batch.unfinished() : [];
    const failed = batch.failed();
    const course = actions.course();
    const more = uploads.length - MAX_ROWS;
    if (uploads.length + failed.length === 0) return null;
    return (
      <section id="tray" class={isFolded.value ? 'panel folded' : 'panel'} aria-label={text('uploads')}>
        <div id="tray-head">
          {uploads.length > 0 ? (
            <Head course={course} />
          ) : (
            <>
              <h2>{text('failedMany', { count: NUMBER.format(failed.length) })}</h2>
              <Fold />
              <IconButton icon="close" label={text('closeUploads')} onClick={() => actions.dismiss(failed)} />
            </>
          )}
        </div>
        <div id="tray-body">
          {uploads.length > 0 && course === 'signedOut' && (
            <p class="ask">
              {text('signInToGoOnText')}
              <Button words={text('signIn')} class="primary" onClick={actions.signIn} />
            </p>
          )}
          <ul id="failures" aria-label={text('notUploaded')}>
            {groupByReason(failed).map((group) => (
              <Failed key={`${group.owner.team?.id} ${group.failure.words}`} group={group} {...actions} />
            ))}
          </ul>
          <ul id="uploads" aria-label={text('uploads')}>
            {uploads.slice(0, MAX_ROWS).map((upload) => (
              <Uploading {...actions} key={upload} upload={upload} course={course} />
            ))}
          </ul>
          {more > 0 && <p class="quiet">{text('more', { count: NUMBER.format(more) })}</p>}
        </div>
      </section>
    );
  }

  render(<Tray />, find('panels', HTMLElement).appendChild(document.createElement('div')));
  for (const event of ['online', 'offline']) addEventListener(event, draw);

  return {
    show(): void {
      // A tab in the background draws no frames, but its uploads go on.
      if (!isDue) setTimeout(draw, 50);
      isDue = true;
    },
  };
}

interface UploadingProps extends Pick<TrayActions, 'cancel' | 'nameOf'> {
  upload: Upload;
  course: Course;
}

function Uploading({ upload, course, cancel, nameOf }: UploadingProps) {
  const { file, owner, state, sentBytes } = upload;
  const { name } = upload.wanted;
  const waiting = text(state === 'asking' ? 'asking' : WAITING[course]);
  const words = state === 'sending' ? text('sending', { size: formatSize(file.size) }) : waiting;
  return (
    <li data-name={name}>
      <span class="name" title={name}>
        {name}
      </span>
      <span class="quiet">{withPlace(words, nameOf(owner))}</span>
      <IconButton icon="close" label={text('cancelUpload', { name })} onClick={() => cancel(upload)} />
      {state === 'sending' && (
        <progress max="1" value={sentBytes / (file.size || 1)} aria-label={text('uploadOf', { name })} />
      )}
    </li>
  );
}

function withPlace(words: string, place: string): string {
  return place === '' ? words : `${words} · ${place}`;
}

interface FailedProps extends Pick<TrayActions, 'retry' | 'dismiss' | 'nameOf'> {
  group: FailureGroup;
}

function Failed({ group: { failure, owner, uploads }, retry, dismiss, nameOf }: FailedProps) {
  const all = uploads.map(({ wanted }) => wanted.name);
  const first = all.slice(0, MAX_NAMES).join(', ');
  const left = all.length - MAX_NAMES;
  const names = left > 0 ? `${first}, ${text('more', { count: NUMBER.format(left) })}` : first;
  return (
    <li>
      <span class="failed">{failure.words}</span>
      <span class="name" title={all.slice(0, 100).join('\n')}>
        {withPlace(names, nameOf(owner))}
      </span>
      {failure.canRetry && (
        <Button
          words={text('tryAgain')}
          label={text('tryAgainFor', { names })}
          onClick={() => retry(uploads)}
        />
      )}
      <Button
        words={text('dismiss')}
        label={text('dismissFor', { names })}
        onClick={() => dismiss(uploads)}
      />
    </li>
  );
}
