import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { mayEdit, owner, session } from '../state.ts';
import { IconButton } from '../ui/parts.tsx';
import { formatMinute, NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { download, remove, rename, share } from './actions.ts';
import { watchGestures } from './gestures.ts';
import { badgeOf } from './kinds.ts';
import { putOn } from './stage.ts';

/** Images up to this size are loaded in advance. */
const MAX_AHEAD_BYTES = 20_000_000;

export interface LightboxProps {
  file: ListedFile;
  /** The files that can be shown, in order. */
  files: readonly ListedFile[];
  move(step: 'next' | 'previous'): void;
  leave(): void;
  onClosed(): void;
}

interface Pixels {
  width: number;
  height: number;
}

/** The panel with what is known of the file stays open from file to file. */
const isInformed = signal(false);

/** Shows one file over the page. */
export function Lightbox({ file, files, move, leave, onClosed }: LightboxProps) {
  const { name, size, url } = file;
  const dialog = useRef<HTMLDialogElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const gestures = useRef<{ reset(): void }>(null);
  const pixels = useSignal<Pixels | undefined>(undefined);
  const next = () => move('next');
  const previous = () => move('previous');
  const inform = () => {
    isInformed.value = !isInformed.value;
  };

  useLayoutEffect(() => {
    dialog.current?.showModal();
    if (stage.current) gestures.current = watchGestures(stage.current, { next, previous, leave });
    return () => {
      dialog.current?.close();
      onClosed();
    };
  }, []);
  useLayoutEffect(() => {
    gestures.current?.reset();
    pixels.value = undefined;
    if (!stage.current) return;
    putOn(stage.current, file, {
      withCookies: async () => owner.peek()?.session(),
      onSize(width, height) {
        pixels.value = { width, height };
      },
    });
  }, [url]);

  function onKey(event: KeyboardEvent): void {
    // A player moves in its film, and a text to its sides.
    const isOwn = event.target instanceof Element && event.target.closest('video, audio, .paper');
    if ((isOwn && event.key !== 'i') || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'ArrowLeft') previous();
    else if (event.key === 'ArrowRight') next();
    else if (event.key === 'i') inform();
    else return;
    event.preventDefault();
  }

  const at = files.findIndex((each) => each.name === name);
  const count = files.length;
  const position = text('position', { at: NUMBER.format(at + 1), count: NUMBER.format(count) });
  return (
    <dialog
      ref={dialog}
      id="lightbox"
      aria-labelledby="lightbox-name"
      onKeyDown={onKey}
      // On Escape, the address changes first, and then the dialog closes.
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
      // If Escape is pressed twice in a row, a browser closes the dialog without asking.
      onClose={leave}
    >
      <div id="lightbox-head">
        <h2 id="lightbox-name" class="name" title={name}>
          {name}
        </h2>
        {session.value && mayEdit.value && (
          <IconButton icon="rename" label={text('renameFile')} onClick={() => rename(name)} />
        )}
        <span id="lightbox-position">{at < 0 ? formatSize(size) : `${position} · ${formatSize(size)}`}</span>
        <IconButton
          icon="info"
          label={text('details')}
          aria-expanded={isInformed.value}
          aria-controls="lightbox-details"
          onClick={inform}
        />
        <IconButton icon="download" label={text('download')} onClick={() => download([name])} />
        {mayEdit.value && (
          <>
            <IconButton icon="share" label={text('share')} onClick={() => share([name])} />
            <IconButton icon="delete" label={text('delete')} onClick={() => remove([name])} />
          </>
        )}
        <IconButton icon="close" label={text('close')} onClick={leave} autofocus />
      </div>
      <IconButton
        id="lightbox-previous"
        icon="previous"
        label={text('previous')}
        onClick={previous}
        disabled={at <= 0}
      />
      <div ref={stage} id="lightbox-stage" class="stage" />
      <IconButton
        id="lightbox-next"
        icon="next"
        label={text('next')}
        onClick={next}
        disabled={at < 0 || at === count - 1}
      />
      {isInformed.value && <Details file={file} pixels={pixels.value} />}
      <Ahead files={at < 0 ? [] : [files[at + 1], files[at - 1]]} />
    </dialog>
  );
}

/** What is known of a file. @param props.pixels the size of the picture, once it has loaded */
function Details({ file, pixels }: { file: ListedFile; pixels: Pixels | undefined }) {
  const { name, size, lastModified, changedAt, takenAt, uploadedBy, width, height } = file;
  const known = width && height ? { width, height } : pixels;
  const of = known && { width: NUMBER.format(known.width), height: NUMBER.format(known.height) };
  const rows = [
    [text('name'), name],
    [text('size'), formatSize(size)],
    [text('type'), badgeOf(name)],
    [text('taken'), takenAt && formatMinute(takenAt)],
    [text('changed'), formatMinute(changedAt ?? lastModified)],
    [text('dimensions'), of && text('pixels', of)],
    [text('uploadedBy'), uploadedBy && text(session.value?.user.id === uploadedBy ? 'you' : 'member')],
  ];
  return (
    <dl id="lightbox-details" aria-label={text('details')}>
      {rows.map(
        ([title, value]) =>
          value && (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** The images beside a file begin to load. Without an object that has them, the browser could drop them. */
function Ahead({ files }: { files: readonly (ListedFile | undefined)[] }) {
  const images = useRef<HTMLImageElement[]>([]);
  useEffect(() => {
    images.current = files.flatMap((file) => {
      if (!file?.type.startsWith('image/') || file.size > MAX_AHEAD_BYTES) return [];
      return [Object.assign(new Image(), { src: file.url })];
    });
  }, [files.map((file) => file?.url).join(' ')]);
  return null;
}
