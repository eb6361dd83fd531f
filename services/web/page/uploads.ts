import type { Gateway } from '../client/gateway.ts';
import { announce, create, find, removeRow, textButton } from './dom.ts';
import { createQueue } from './queue.ts';
import { describeFailure, formatSize, SIGNED_OUT, uploadType } from './words.ts';

const MAX_AT_ONCE = 3;

export interface UploadsOptions {
  /** Whether somebody is signed in. */
  isOpen: () => boolean;
  onUploaded: () => Promise<void>;
}

/** The list of uploads: three at once, each with its progress, or in words why it failed. */
export function createUploads(gateway: Gateway, options: UploadsOptions) {
  const { isOpen, onUploaded } = options;
  const list = find('uploads', HTMLElement);
  const enqueue = createQueue(MAX_AT_ONCE);

  /** @param name what to store it as: its own name, or that of the file that it replaces */
  function add(file: File, name: string, replace = false): void {
    const progress = create('progress', { max: '1', value: '0', 'aria-label': `Upload of ${name}` });
    const status = create('span', { class: 'quiet', 'aria-live': 'polite' });
    const row = create('li', { 'data-name': name }, create('span', { class: 'name' }, name), status);
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

    const run = async () => {
      if (cancelling.signal.aborted) return;
      if (!isOpen()) return show('failed', SIGNED_OUT, dismissButton());
      show('uploading', `Uploading ${formatSize(file.size)}`, cancelButton(), progress);
      try {
        await gateway.files.upload(file, {
          name,
          replace,
          type: uploadType({ name, type: file.type }),
          signal: cancelling.signal,
          onProgress: (fraction) => {
            progress.value = fraction;
          },
        });
        await onUploaded();
        removeRow(row);
        announce(`${name} is uploaded.`);
      } catch (error) {
        if (cancelling.signal.aborted) {
          removeRow(row);
          announce(`The upload of ${name} was cancelled.`);
          return;
        }
        const { words, canRetry } = describeFailure(error);
        const again = textButton('Try again', `Try again: ${name}`, wait);
        show('failed', words, ...(canRetry ? [again] : []), dismissButton());
      }
    };

    function wait(): void {
      cancelling = new AbortController();
      progress.value = 0;
      show('waiting', 'Waiting', cancelButton());
      enqueue(run);
    }

    list.append(row);
    wait();
  }

  return { add };
}
