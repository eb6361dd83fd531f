import type { Gateway } from '../client/gateway.ts';
import { createConflicts, freeName, type Present } from './conflicts.ts';
import { announce, create, find, removeRow, textButton } from './dom.ts';
import { createQueue } from './queue.ts';
import { describeFailure, formatSize, isTaken, replacementName, SIGNED_OUT, uploadType } from './words.ts';

const MAX_AT_ONCE = 3;

export interface UploadsOptions {
  /** Whether somebody is signed in. */
  isOpen: () => boolean;
  onUploaded: () => Promise<void>;
}

interface Wanted {
  /** What to store it as. */
  name: string;
  mayReplace?: boolean;
  /** It goes beside the file of this name. */
  beside?: string;
  /** A file that goes once this one is there. */
  instead?: string;
}

/** The list of uploads: three at once, each with its progress, or in words why it failed. */
export function createUploads(gateway: Gateway, options: UploadsOptions) {
  const { isOpen, onUploaded } = options;
  const list = find('uploads', HTMLElement);
  const enqueue = createQueue(MAX_AT_ONCE);
  const conflicts = createConflicts();
  const unfinished = () => list.querySelectorAll('li:not([data-state="failed"])').length;

  function add(file: File, wanted: Wanted): void {
    const { name, beside, instead } = wanted;
    const progress = create('progress', { max: '1', value: '0', 'aria-label': `Upload of ${name}` });
    const status = create('span', { class: 'quiet', 'aria-live': 'polite' });
    const row = create('li', { 'data-name': name }, create('span', { class: 'name' }, name), status);
    let mayReplace = wanted.mayReplace ?? false;
    let cancelling = new AbortController();

    const show = (state: string, words: string, ...controls: HTMLElement[]) => {
      row.dataset['state'] = state;
      status.textContent = words;
      const hadFocus = row.contains(document.activeElement);
      for (const control of [...row.children].slice(2)) control.remove();
      row.append(...controls);
      if (hadFocus) controls[0]?.focus();
    };
    const cancel = () => {
      cancelling.abort();
      if (row.dataset['state'] === 'waiting') removeRow(row);
    };
    const cancelButton = () => textButton('Cancel', `Cancel the upload of ${name}`, cancel);
    const dismissButton = () => textButton('Dismiss', `Dismiss: ${name}`, () => removeRow(row));
    const isWanted = () => isOpen() && !cancelling.signal.aborted;

    const run = async () => {
      if (cancelling.signal.aborted) return;
      if (!isOpen()) return show('failed', SIGNED_OUT, dismissButton());
      show('uploading', `Uploading ${formatSize(file.size)}`, cancelButton(), progress);
      try {
        await gateway.files.upload(file, {
          name,
          replace: mayReplace,
          type: uploadType({ name, type: file.type }),
          signal: cancelling.signal,
          onProgress: (fraction) => {
            progress.value = fraction;
          },
        });
        const isGone = instead && (await gateway.files.delete(instead).then(Boolean, () => 'no'));
        await onUploaded();
        removeRow(row);
        announce(`${name} is uploaded.${isGone === 'no' ? ` ${instead} is still there.` : ''}`);
      } catch (error) {
        if (cancelling.signal.aborted) {
          removeRow(row);
          announce(`The upload of ${name} was cancelled.`);
        } else if (isTaken(error)) {
          // Not awaited: others go on meanwhile.
          void settle(error);
        } else fail(error);
      }
    };

    function fail(error: unknown): void {
      const { words, canRetry } = describeFailure(error);
      const again = textButton('Try again', `Try again: ${name}`, wait);
      show('failed', words, ...(canRetry ? [again] : []), dismissButton());
    }

    /** The name is taken: it is for the person to say what happens. */
    async function settle(present: Present): Promise<void> {
      show('waiting', 'There is a file of this name', cancelButton());
      const choice =
        beside === undefined ? await conflicts.ask(name, present, isWanted, () => unfinished() > 1) : 'keep';
      if (cancelling.signal.aborted) return;
      if (!isOpen()) return show('failed', SIGNED_OUT, dismissButton());
      if (choice === 'skip') {
        removeRow(row);
        announce(`${name} is left as it was.`);
      } else if (choice === 'replace') {
        mayReplace = true;
        wait();
      } else {
        const original = beside ?? name;
        try {
          add(file, { ...wanted, name: await freeName(gateway, original), beside: original });
          removeRow(row);
        } catch (error) {
          fail(error);
        }
      }
    }

    function wait(): void {
      cancelling = new AbortController();
      progress.value = 0;
      show('waiting', 'Waiting', cancelButton());
      enqueue(run);
    }

    if (unfinished() === 0) conflicts.forget();
    list.append(row);
    wait();
  }

  return {
    add: (file: File) => add(file, { name: file.name }),
    /** Puts a file in the place of another: under its name, but for the extension where it is of another type. */
    replace(file: File, name: string): void {
      const own = replacementName(name, file);
      add(file, own === name ? { name, mayReplace: true } : { name: own, instead: name });
    },
  };
}
