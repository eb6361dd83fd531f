import type { Choice } from '@cloudfront-cookie-gateway/client/files';
import { announce } from '../dom.ts';
import type { Owner } from '../files/library.ts';
import { signInBeside } from '../sign-in/sign-in.ts';
import { askAboutTaken, type TakenName } from '../ui/taken.tsx';
import { NUMBER, text } from '../words/language.ts';
import { replacementName } from '../words/words.ts';
import { type Batch, createBatch, type Upload, type Wanted } from './batch.ts';
import { createSender, type Present, type SenderActions } from './sender.ts';
import { createTray } from './tray.tsx';

export interface UploadsOptions extends Pick<SenderActions, 'isOpen' | 'onUploaded' | 'limitOf' | 'onFull'> {
  /** The file of an owner that has this name, if the page knows of one. */
  present: (owner: Owner, name: string) => Present | undefined;
  /** No upload is under way any more, and at least one file has been stored. */
  onSettled: () => void;
  /** Names the place of an owner's files for the person. Empty if there is only one place. */
  nameOf: (owner: Owner) => string;
}

/** The uploads of the page. Each ends with the stored file, or with words about its failure. */
export function createUploads({ isOpen, present, onSettled, nameOf, ...actions }: UploadsOptions) {
  const batch = createBatch(() => tray.show());
  const isIdle = () => batch.unfinished().length === 0;
  const conflicts = createConflicts(isOpen);
  const sender = createSender(batch, {
    ...actions,
    isOpen,
    present: ({ owner, wanted }) => present(owner, wanted.name.normalize('NFC')),
    ask: conflicts.ask,
    onEnd,
  });
  const tray = createTray(batch, {
    course: sender.course,
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
    pause: sender.pause,
    goOn: sender.goOn,
    signIn: signInBeside,
    retry,
    dismiss(uploads) {
      for (const upload of uploads) batch.drop(upload);
    },
    nameOf,
  });

  function begin(owner: Owner, file: File, wanted: Wanted): void {
    if (isIdle()) batch.restart();
    sender.send(batch.add({ file, owner, wanted }));
  }

  function retry(uploads: Upload[]): void {
    if (isIdle()) batch.restart();
    for (const upload of uploads) sender.send(upload);
  }

  function onEnd(words?: string): void {
    announceEnd(batch, words);
    if (isIdle() && batch.progress().done > 0) onSettled();
  }

  addEventListener('beforeunload', (event) => {
    // The chosen files would be lost. The browser asks the person.
    if (!isIdle()) event.preventDefault();
  });

  return {
    /** @param name with its folder */
    add: (owner: Owner, file: File, name: string) => begin(owner, file, { name }),
    /** Replaces a file of an owner by another one. The name stays, but the extension changes with the type. */
    replace(owner: Owner, file: File, name: string): void {
      const own = replacementName(name, file);
      begin(owner, file, own === name ? { name, mayReplace: true } : { name: own, instead: name });
    },
    signedIn(): void {
      sender.signedIn();
      void conflicts.show();
    },
    /** Whether uploads have not ended. */
    isBusy: () => !isIdle(),
    clear(): void {
      for (const upload of [...batch.unfinished(), ...batch.failed()]) batch.cancel(upload);
    },
  };
}

/**
 * Gives one message for all uploads, once nothing is under way.
 * @param words the message of the last upload, if it was alone
 */
function announceEnd(batch: Batch, words: string | undefined): void {
  const { done, lastDone } = batch.progress();
  const isBusy = batch.unfinished().length > 0;
  const failed = batch.failed().length;
  const count = NUMBER.format(done);
  if (words !== undefined && (isBusy || done <= 1)) announce(words);
  else if (isBusy || done === 0) return;
  else if (failed > 0) announce(text('uploadedSome', { count, failed: NUMBER.format(failed) }));
  else announce(done > 1 ? text('uploadedMany', { count }) : text('uploadedOne', { name: lastDone }));
}

interface Question extends TakenName {
  answer: (choice: Choice) => void;
}

/**
 * One question for all uploads whose names are taken. Those that come while it is open get the next one.
 * @param mayAsk whether somebody is there to ask
 */
function createConflicts(mayAsk: () => boolean) {
  let questions: Question[] = [];
  let isOpen = false;

  async function show(): Promise<void> {
    if (isOpen || questions.length === 0 || !mayAsk()) return;
    isOpen = true;
    const asked = questions;
    const choice = await askAboutTaken(asked);
    isOpen = false;
    // A sign-out has closed the dialog. The question waits for whoever signs in again.
    if (!mayAsk()) return;
    questions = questions.filter((each) => !asked.includes(each));
    for (const { answer } of asked) answer(choice);
    void show();
  }

  return {
    ask({ wanted: { name, beside }, file: { size } }: Upload, present: Present): Promise<Choice> {
      // The page has chosen this name itself, and chooses another one.
      if (beside !== undefined) return Promise.resolve('keep');
      return new Promise((answer) => {
        questions = [...questions, { name, size, present, answer }];
        // Many files come at once.
        setTimeout(show);
      });
    },
    show,
  };
}
