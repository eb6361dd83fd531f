import { announce } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { NUMBER, text } from '../words/language.ts';
import { describeFailure, isTaken, replacementName, uploadType } from '../words/words.ts';
import { createBatch, createQueue, type Upload, type Wanted } from './batch.ts';
import { createConflicts, freeName, type Present } from './conflicts.ts';
import { createTray } from './tray.ts';

const MAX_AT_ONCE = 3;

export interface UploadsOptions {
  /** Whether somebody is signed in. */
  isOpen: () => boolean;
  /** A file has been stored under this name. Another file may have been deleted for it. */
  onUploaded: (name: string, gone?: string) => Promise<void>;
  /** No upload is under way any more, and at least one file has been stored. */
  onSettled: () => void;
}

/** Sends files, three at once. Each upload ends with the stored file, or with words about its failure. */
export function createUploads(owner: Owner, { isOpen, onUploaded, onSettled }: UploadsOptions) {
  const enqueue = createQueue(MAX_AT_ONCE);
  const conflicts = createConflicts();
  const batch = createBatch();
  const tray = createTray(batch, { cancel, cancelAll, retry, dismiss });

  async function run(upload: Upload): Promise<void> {
    const { file, wanted, cancelling } = upload;
    const { name, instead } = wanted;
    if (cancelling.signal.aborted) return;
    if (!isOpen()) return failSignedOut(upload);
    upload.state = 'sending';
    tray.show();
    try {
      await owner.files.upload(file, {
        name,
        replace: upload.mayReplace,
        type: uploadType({ name, type: file.type }),
        signal: cancelling.signal,
        onProgress: (fraction) => {
          upload.sentBytes = fraction * file.size;
          tray.show();
        },
      });
      const isGone = instead === undefined ? undefined : await isDeleted(instead);
      await onUploaded(name.normalize('NFC'), isGone ? instead : undefined);
      batch.finish(upload, name);
      settleBatch(isGone === false ? text('oldStays', { name, old: instead ?? '' }) : undefined);
    } catch (error) {
      // The person who cancelled knows it already.
      if (cancelling.signal.aborted) return;
      if (isTaken(error)) {
        // This is not awaited: other uploads go on meanwhile.
        void settle(upload, error);
      } else fail(upload, error);
    }
    tray.show();
  }

  /** The name is taken, so the person decides. */
  async function settle(upload: Upload, present: Present): Promise<void> {
    const { file, wanted, cancelling } = upload;
    const { name, beside } = wanted;
    const isWanted = () => isOpen() && !cancelling.signal.aborted;
    upload.state = 'asking';
    tray.show();
    const hasOthers = () => batch.unfinished().length > 1;
    const choice = beside === undefined ? await conflicts.ask(name, present, isWanted, hasOthers) : 'keep';
    if (cancelling.signal.aborted) return;
    if (!isOpen()) return failSignedOut(upload);
    if (choice === 'skip') {
      batch.drop(upload);
      settleBatch(text('leftAsIs', { name }));
    } else if (choice === 'replace') {
      upload.mayReplace = true;
      wait(upload);
    } else {
      const original = beside ?? name;
      try {
        const free = await freeName(owner, original);
        batch.drop(upload);
        if (!cancelling.signal.aborted) begin(file, { ...wanted, name: free, beside: original });
      } catch (error) {
        fail(upload, error);
      }
    }
    tray.show();
  }

  function fail(upload: Upload, error: unknown): void {
    upload.state = 'failed';
    upload.failure = describeFailure(error);
    settleBatch();
    tray.show();
  }

  function failSignedOut(upload: Upload): void {
    upload.state = 'failed';
    upload.failure = { words: text('signedOutFile'), canRetry: false };
    tray.show();
  }

  function wait(upload: Upload): void {
    upload.cancelling = new AbortController();
    upload.sentBytes = 0;
    upload.state = 'waiting';
    upload.failure = undefined;
    enqueue(() => run(upload));
  }

  /**
   * Gives one message for all uploads, once nothing is under way. @param words the message of the last upload, if it
   * was alone
   */
  function settleBatch(words?: string): void {
    const { done, lastDone } = batch.progress();
    if (batch.unfinished().length > 0) {
      if (words !== undefined) announce(words);
      return;
    }
    const failed = batch.failures().reduce((sum, { uploads }) => sum + uploads.length, 0);
    const count = NUMBER.format(done);
    if (words !== undefined && done <= 1) announce(words);
    else if (done > 0 && failed > 0) announce(text('uploadedSome', { count, failed: NUMBER.format(failed) }));
    else if (done > 1) announce(text('uploadedMany', { count }));
    else if (done === 1) announce(text('uploadedOne', { name: lastDone }));
    if (done > 0) onSettled();
  }

  async function isDeleted(name: string): Promise<boolean> {
    try {
      await owner.files.delete(name);
      return true;
    } catch {
      return false;
    }
  }

  function begin(file: File, wanted: Wanted): void {
    if (batch.unfinished().length === 0) {
      conflicts.forget();
      batch.restart();
    }
    wait(batch.add(file, wanted));
    tray.show();
  }

  function cancel(upload: Upload): void {
    upload.cancelling.abort();
    batch.drop(upload);
    settleBatch(text('cancelled', { name: upload.wanted.name }));
    tray.show();
  }

  function cancelAll(): void {
    const uploads = batch.unfinished();
    for (const upload of uploads) {
      upload.cancelling.abort();
      batch.drop(upload);
    }
    settleBatch();
    announce(text('cancelledAll', { count: NUMBER.format(uploads.length) }));
    tray.show();
  }

  function retry(uploads: Upload[]): void {
    if (batch.unfinished().length === 0) batch.restart();
    for (const upload of uploads) wait(upload);
    tray.show();
  }

  function dismiss(uploads: Upload[]): void {
    for (const upload of uploads) batch.drop(upload);
    tray.show();
  }

  addEventListener('online', () => {
    retry(batch.failures().flatMap(({ failure, uploads }) => (failure.isLost ? uploads : [])));
  });

  return {
    /** @param name with its folder */
    add: (file: File, name: string) => begin(file, { name }),
    /** Replaces a file by another one. The name stays, but the extension changes with the type. */
    replace(file: File, name: string): void {
      const own = replacementName(name, file);
      begin(file, own === name ? { name, mayReplace: true } : { name: own, instead: name });
    },
    clear(): void {
      for (const { cancelling } of batch.unfinished()) cancelling.abort();
      batch.clear();
      tray.show();
    },
  };
}
