import { parseUploadForm } from '../client/answers.ts';
import { ApiError, type RequestApi } from '../client/api.ts';
import { postForm } from '../client/transfer.ts';
import { create } from './dom.ts';
import { describeFailure, formatSize, uploadType } from './words.ts';

const MAX_AT_ONCE = 3;

export interface UploadsOptions {
  list: HTMLElement;
  request: RequestApi;
  onUploaded: () => void;
}

/** The list of uploads: three at once, each with its progress, or in words why it failed. */
export function createUploads({ list, request, onUploaded }: UploadsOptions) {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;

  function enqueue(job: () => Promise<void>): void {
    waiting.push(job);
    runNext();
  }

  function runNext(): void {
    if (running >= MAX_AT_ONCE) return;
    const job = waiting.shift();
    if (!job) return;
    running++;
    void job().finally(() => {
      running--;
      runNext();
    });
  }

  async function upload(file: File, onProgress: (fraction: number) => void): Promise<void> {
    const type = uploadType(file);
    const answer = await request('POST', '/api/uploads', { name: file.name, size: file.size, type });
    const form = parseUploadForm(answer);
    if (!form) throw new ApiError(413, 'file_too_large');
    await postForm(form, file, onProgress);
  }

  function addRow(file: File): void {
    const progress = create('progress', { max: '1', value: '0', 'aria-label': `Upload of ${file.name}` });
    const status = create('span', { class: 'quiet', 'aria-live': 'polite' }, 'Waiting');
    const row = create('li', { 'data-name': file.name, 'data-state': 'waiting' });
    row.append(create('span', { class: 'name' }, file.name), status, progress);
    const show = (state: string, words: string) => {
      row.dataset['state'] = state;
      status.textContent = words;
      status.classList.toggle('failed', state === 'failed');
    };

    const run = async () => {
      show('uploading', `Uploading ${formatSize(file.size)}`);
      try {
        await upload(file, (fraction) => {
          progress.value = fraction;
        });
        progress.remove();
        show('done', 'Uploaded');
        onUploaded();
      } catch (error) {
        const failure = describeFailure(error);
        progress.remove();
        show('failed', failure.words);
        if (failure.canRetry) row.append(retryButton());
      }
    };

    const retryButton = () => {
      const button = create(
        'button',
        { type: 'button', 'aria-label': `Try again: ${file.name}` },
        'Try again',
      );
      button.addEventListener('click', () => {
        progress.value = 0;
        button.replaceWith(progress);
        show('waiting', 'Waiting');
        enqueue(run);
      });
      return button;
    };

    list.append(row);
    enqueue(run);
  }

  return {
    /** Queues files; what has been uploaded before leaves the list. */
    add(files: Iterable<File>): void {
      for (const row of list.querySelectorAll('[data-state="done"]')) row.remove();
      for (const file of files) addRow(file);
    },
    /** Drops what has not been started, since nobody is signed in; the failed stay, to be read. */
    signedOut(): void {
      waiting.length = 0;
      const words = describeFailure(new ApiError(401, 'no_session')).words;
      for (const row of list.querySelectorAll('[data-state="done"]')) row.remove();
      for (const row of list.querySelectorAll('[data-state="waiting"] .quiet')) row.textContent = words;
      for (const part of list.querySelectorAll('button, [data-state="waiting"] progress')) part.remove();
    },
  };
}
