import type { Share } from '@cloudfront-cookie-gateway/client';
import { announce, find, onPress } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { countDown } from '../words/shown.ts';
import { describeFailure } from '../words/words.ts';
import { createAccess, type Person } from './access.ts';
import { mayChange, type Owner } from './library.ts';
import { createTerm } from './term.ts';

/** CloudFront's signed URLs of this service live for seven days at most. */
const LONGEST_SECONDS = 7 * 24 * 60 * 60;

/** The files of a folder that the dialog shares. */
interface Shared {
  owner: Owner;
  names: readonly string[];
}

/**
 * The dialog that says who can open a file, and makes a link for each of some files. It calls `onShared` after it has
 * made any.
 */
export function createShareDialog(
  person: Person,
  onShared: () => void,
): { open(owner: Owner, names: readonly string[]): void } {
  const dialog = find('share', HTMLDialogElement);
  const url = find('share-url', HTMLTextAreaElement);
  const copy = find('share-copy', HTMLButtonElement);
  const trouble = find('share-trouble', HTMLElement);
  const progress = find('share-progress', HTMLElement);
  const countdown = find('share-countdown', HTMLTimeElement);
  const term = createTerm('share-length', { longestSeconds: LONGEST_SECONDS });
  const access = createAccess(person);
  let shared: Shared | undefined;

  async function share(): Promise<void> {
    const mine = shared;
    if (!mine) return;
    /** An answer may come after the dialog was closed, or opened for another file. */
    const isMine = () => mine === shared && dialog.open;
    const count = mine.names.length;
    trouble.textContent = '';
    const { made, reason } = await shareEach(mine, term.seconds(), (done) => {
      if (isMine() && count > 1) progress.textContent = text('sharing', { done: NUMBER.format(done), count });
      return isMine();
    });
    const [first] = made;
    if (first) onShared();
    if (!isMine()) return;
    if (first && count === 1) void access.show({ owner: mine.owner, name: first.name }, first.id);
    progress.textContent = '';
    const left = NUMBER.format(count - made.length);
    trouble.textContent = first && reason ? text('sharedSome', { left, reason }) : reason;
    if (!first) return;
    // Several addresses come after the names of their files.
    url.value = count === 1 ? first.page : made.map((each) => `${each.name}: ${each.page}`).join('\n');
    url.rows = Math.min(made.length, 6);
    showLink(true);
    find('share-warning', HTMLElement).textContent = first.warning ?? '';
    // The row of a single link has its time already.
    countdown.hidden = count === 1;
    countDown(countdown, first.expiresAt, () => dialog.close());
    copy.focus();
  }

  const giveUp = onPress(find('share-create', HTMLButtonElement), share);
  copy.addEventListener('click', () => void copyLink(url, { copy, trouble }));
  find('share-close', HTMLButtonElement).addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => {
    url.value = '';
    // This stops the countdown.
    countdown.dateTime = '';
    access.clear();
  });

  return {
    open(owner, names) {
      shared = { owner, names };
      giveUp();
      const [name = ''] = names;
      const isOne = names.length === 1;
      const title = isOne
        ? text('shareFile', { name })
        : text('shareMany', { count: NUMBER.format(names.length) });
      find('share-title', HTMLElement).textContent = title;
      find('share-text', HTMLElement).textContent = text(isOne ? 'shareText' : 'shareManyText');
      find('access', HTMLElement).hidden = !isOne;
      if (isOne) void access.show({ owner, name });
      copy.textContent = text('copy');
      trouble.textContent = '';
      progress.textContent = '';
      term.begin(30, 'minutes');
      showLink(false);
      if (!mayChange(owner)) showAccessOnly(name);
      dialog.showModal();
    },
  };
}

type Made = Share & { name: string };

/**
 * Makes the links, one after another. A file that is not there any more takes no link from the others.
 * @param onStep called before each link with the number of those that are made. False ends it
 * @returns the links, and why there are not more
 */
async function shareEach(
  { owner, names }: Shared,
  expiresIn: number,
  onStep: (done: number) => boolean,
): Promise<{ made: Made[]; reason: string }> {
  const made: Made[] = [];
  let reason = '';
  for (const name of names) {
    if (!onStep(made.length)) break;
    try {
      made.push({ name, ...(await owner.files.share(name, { expiresIn })) });
    } catch (error) {
      reason = describeFailure(error).words;
      if (!isMissing(error)) break;
    }
  }
  return { made, reason };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'not_found';
}

/** Who may only look at files makes no links. */
function showAccessOnly(name: string): void {
  find('share-title', HTMLElement).textContent = name;
  find('share-text', HTMLElement).textContent = '';
  for (const id of ['share-choice', 'share-create']) find(id, HTMLElement).hidden = true;
  find('share-close', HTMLElement).textContent = text('done');
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
  url: HTMLInputElement | HTMLTextAreaElement,
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
