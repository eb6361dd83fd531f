import { announce, find } from '../dom.ts';
import { text } from '../words/language.ts';
import { countDown } from '../words/shown.ts';
import { describeFailure } from '../words/words.ts';
import type { Owner } from './library.ts';

/** The dialog that makes a link for one file. It calls `onShared` after it has made one. */
export function createShareDialog({ files }: Owner, onShared: () => void): { open(name: string): void } {
  const dialog = find('share', HTMLDialogElement);
  const url = find('share-url', HTMLInputElement);
  const copy = find('share-copy', HTMLButtonElement);
  const create = find('share-create', HTMLButtonElement);
  const close = find('share-close', HTMLButtonElement);
  const trouble = find('share-trouble', HTMLElement);
  const link = find('share-link', HTMLElement);
  const countdown = find('share-countdown', HTMLTimeElement);
  let shared = '';

  function showLink(isThere: boolean): void {
    link.hidden = !isThere;
    find('share-choice', HTMLElement).hidden = isThere;
    create.hidden = isThere;
    close.textContent = text(isThere ? 'done' : 'cancel');
  }

  async function share(): Promise<void> {
    create.disabled = true;
    trouble.textContent = '';
    const expiresIn = Number(find('share-seconds', HTMLSelectElement).value);
    try {
      const made = await files.share(shared, { expiresIn });
      url.value = made.url;
      showLink(true);
      find('share-warning', HTMLElement).textContent = made.warning ?? '';
      countDown(countdown, made.expiresAt, () => dialog.close());
      copy.focus();
      onShared();
    } catch (error) {
      trouble.textContent = describeFailure(error).words;
    }
    create.disabled = false;
  }

  async function copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(url.value);
      copy.textContent = text('copied');
      announce(text('inClipboard'));
    } catch {
      // A browser may forbid copying. The dialog then selects the link, and the person copies it.
      url.select();
      trouble.textContent = text('noClipboard');
    }
  }

  find('share-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void share();
  });
  copy.addEventListener('click', () => void copyLink());
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    url.value = '';
    // This stops the countdown.
    countdown.dateTime = '';
  });

  return {
    open(name) {
      shared = name;
      find('share-title', HTMLElement).textContent = text('shareFile', { name });
      copy.textContent = text('copy');
      trouble.textContent = '';
      showLink(false);
      dialog.showModal();
    },
  };
}
