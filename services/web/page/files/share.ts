import { announce, find } from '../dom.ts';
import { text } from '../words/language.ts';
import { countDown } from '../words/shown.ts';
import { describeFailure } from '../words/words.ts';
import type { Owner } from './library.ts';

/** The dialog that makes a link for one file. It calls `onShared` after it has made one. */
export function createShareDialog(onShared: () => void): { open(owner: Owner, name: string): void } {
  const dialog = find('share', HTMLDialogElement);
  const url = find('share-url', HTMLInputElement);
  const copy = find('share-copy', HTMLButtonElement);
  const create = find('share-create', HTMLButtonElement);
  const trouble = find('share-trouble', HTMLElement);
  const countdown = find('share-countdown', HTMLTimeElement);
  let shared: { owner: Owner; name: string } | undefined;

  async function share(): Promise<void> {
    const mine = shared;
    if (!mine) return;
    /** An answer may come after the dialog was closed, or opened for another file. */
    const isMine = () => mine === shared && dialog.open;
    create.disabled = true;
    trouble.textContent = '';
    const expiresIn = Number(find('share-seconds', HTMLSelectElement).value);
    try {
      const made = await mine.owner.files.share(mine.name, { expiresIn });
      onShared();
      if (!isMine()) return;
      url.value = made.url;
      showLink(true);
      find('share-warning', HTMLElement).textContent = made.warning ?? '';
      countDown(countdown, made.expiresAt, () => dialog.close());
      copy.focus();
    } catch (error) {
      if (!isMine()) return;
      trouble.textContent = describeFailure(error).words;
      create.disabled = false;
    }
  }

  find('share-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void share();
  });
  copy.addEventListener('click', () => void copyLink(url, { copy, trouble }));
  find('share-close', HTMLButtonElement).addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    url.value = '';
    // This stops the countdown.
    countdown.dateTime = '';
  });

  return {
    open(owner, name) {
      shared = { owner, name };
      find('share-title', HTMLElement).textContent = text('shareFile', { name });
      copy.textContent = text('copy');
      trouble.textContent = '';
      create.disabled = false;
      showLink(false);
      dialog.showModal();
    },
  };
}

/** Shows the link in place of the choice for it. */
function showLink(isThere: boolean): void {
  find('share-link', HTMLElement).hidden = !isThere;
  find('share-choice', HTMLElement).hidden = isThere;
  find('share-create', HTMLElement).hidden = isThere;
  find('share-close', HTMLElement).textContent = text(isThere ? 'done' : 'cancel');
}

/** Copies the link in a field, and says so on the pressed button. */
export async function copyLink(
  url: HTMLInputElement,
  { copy, trouble }: { copy: HTMLElement; trouble: HTMLElement },
): Promise<void> {
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
