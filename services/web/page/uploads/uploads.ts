import { announce } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { NUMBER, text } from '../words/language.ts';
import { replacementName } from '../words/words.ts';
import { type Batch, createBatch, type Upload, type Wanted } from './batch.ts';
import { createConflicts } from './conflicts.ts';
import { createSender, type SenderActions } from './sender.ts';
import { createTray } from './tray.ts';

export interface UploadsOptions extends Pick<SenderActions, 'isOpen' | 'onUploaded'> {
  /** No upload is under way any more, and at least one file has been stored. */
  onSettled: () => void;
}

/** The uploads of the page. Each ends with the stored file, or with words about its failure. */
export function createUploads(owner: Owner, { isOpen, onUploaded, onSettled }: UploadsOptions) {
  const batch = createBatch(() => tray.show());
  const isIdle = () => batch.unfinished().length === 0;
  const conflicts = createConflicts(isOpen, () => batch.unfinished().length > 1);
  const send = createSender(owner, batch, { isOpen, onUploaded, onEnd, ask: conflicts.ask });
  const tray = createTray(batch, {
    cancel(upload) {
      batch.cancel(upload);
      onEnd(text('cancelled', { name: upload.wanted.name }));
    },
    cancelAll() {
      const uploads = batch.unfinished();
      for (const upload of uploads) batch.cancel(upload);
      onEnd();
      announce(text('cancelledAll', { count: NUMBER.format(uploads.length) }));
    },
    retry,
    dismiss(uploads) {
      for (const upload of uploads) batch.drop(upload);
    },
  });

  function begin(file: File, wanted: Wanted): void {
    if (isIdle()) {
      conflicts.forget();
      batch.restart();
    }
    send(batch.add(file, wanted));
  }

  function retry(uploads: Upload[]): void {
    if (isIdle()) batch.restart();
    for (const upload of uploads) send(upload);
  }

  function onEnd(words?: string): void {
    const { done } = batch.progress();
    if (!isIdle()) {
      if (words !== undefined) announce(words);
      return;
    }
    announceResult(batch, words);
    if (done > 0) onSettled();
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
      const failed = batch.failures().flatMap(({ uploads }) => uploads);
      for (const upload of [...batch.unfinished(), ...failed]) batch.cancel(upload);
    },
  };
}

/**
 * Gives one message for all uploads.
 * @param words the message of the last upload, if it was alone
 */
function announceResult(batch: Batch, words: string | undefined): void {
  const { done, lastDone } = batch.progress();
  const failed = batch.failures().reduce((sum, { uploads }) => sum + uploads.length, 0);
  const count = NUMBER.format(done);
  if (words !== undefined && done <= 1) announce(words);
  else if (done > 0 && failed > 0) announce(text('uploadedSome', { count, failed: NUMBER.format(failed) }));
  else if (done > 1) announce(text('uploadedMany', { count }));
  else if (done === 1) announce(text('uploadedOne', { name: lastDone }));
}
