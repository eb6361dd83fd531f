import { text } from '../words/language.ts';
import { describeFailure, isTaken, uploadType } from '../words/words.ts';
import { type Batch, createQueue, type Upload, type Wanted } from './batch.ts';
import { type Choice, freeName, type Present } from './conflicts.ts';

const MAX_AT_ONCE = 3;

/** A file as it was stored. */
export interface Stored {
  /** Also if another name was wanted. */
  name: string;
  /** The file that was deleted for it. */
  gone?: string;
  /** What there is to say, besides that it is stored. */
  words?: string;
}

export interface SenderActions {
  /** Whether somebody is signed in. */
  isOpen: () => boolean;
  /** The name of the upload is taken. */
  ask: (upload: Upload, present: Present) => Promise<Choice>;
  /** A file has been stored. */
  onUploaded: (upload: Upload, stored: Stored) => Promise<void>;
  /** An upload has ended. `words` say how, if that is more than the usual end. */
  onEnd: (words?: string) => void;
}

/** Sends uploads, three at once, each until its file is stored, it fails, or the person gives it up. */
export function createSender(batch: Batch, { isOpen, ask, onUploaded, onEnd }: SenderActions) {
  const enqueue = createQueue(MAX_AT_ONCE);

  function send(upload: Upload): void {
    batch.wait(upload);
    enqueue(() => run(upload));
  }

  async function run(upload: Upload): Promise<void> {
    const { signal } = upload.cancelling;
    if (signal.aborted) return;
    if (!isOpen()) return batch.update(upload, signedOut());
    batch.update(upload, { state: 'sending' });
    try {
      const stored = await store(upload, (sentBytes) => batch.update(upload, { sentBytes }));
      await onUploaded(upload, stored);
      batch.finish(upload, stored.name);
      onEnd(stored.words);
    } catch (error) {
      // This is not awaited: other uploads go on meanwhile.
      if (isTaken(error) && !signal.aborted) void settle(upload, error);
      else fail(upload, error);
    }
  }

  /** The name is taken, so the person decides. */
  async function settle(upload: Upload, present: Present): Promise<void> {
    const { signal } = upload.cancelling;
    batch.update(upload, { state: 'asking' });
    const choice = await ask(upload, present);
    if (signal.aborted) return;
    if (!isOpen()) batch.update(upload, signedOut());
    else if (choice === 'keep') await keepBoth(upload).catch((error) => fail(upload, error));
    else if (choice === 'replace') sendInstead(upload, { mayReplace: true });
    else {
      batch.drop(upload);
      onEnd(text('leftAsIs', { name: upload.wanted.name }));
    }
  }

  async function keepBoth(upload: Upload): Promise<void> {
    const beside = upload.wanted.beside ?? upload.wanted.name;
    const name = await freeName(upload.owner, beside);
    if (!upload.cancelling.signal.aborted) sendInstead(upload, { name, beside });
  }

  function sendInstead(upload: Upload, changes: Partial<Wanted>): void {
    batch.drop(upload);
    send(batch.add({ ...upload, wanted: { ...upload.wanted, ...changes } }));
  }

  function fail(upload: Upload, error: unknown): void {
    // The person who cancelled knows it already.
    if (upload.cancelling.signal.aborted) return;
    batch.update(upload, { state: 'failed', failure: describeFailure(error) });
    onEnd();
  }

  return send;
}

const signedOut = () =>
  ({ state: 'failed', failure: { words: text('signedOutFile'), canRetry: false } }) as const;

/** Stores a file, and deletes the file that it takes the place of. */
async function store(
  { file, owner: { files }, wanted: { name, mayReplace = false, instead }, cancelling }: Upload,
  onProgress: (sentBytes: number) => void,
): Promise<Stored> {
  const stored = await files.upload(file, {
    name,
    replace: mayReplace,
    type: uploadType({ name, type: file.type }),
    signal: cancelling.signal,
    onProgress: (fraction) => onProgress(fraction * file.size),
  });
  if (instead === undefined) return { name: stored.name };
  return files.delete(instead).then(
    () => ({ name: stored.name, gone: instead }),
    () => ({ name: stored.name, words: text('oldStays', { name, old: instead }) }),
  );
}
