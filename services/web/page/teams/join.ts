import type { ListedTeam } from '@cloudfront-cookie-gateway/client';
import { find, onPress } from '../dom.ts';
import { text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';

/** The beginning of the fragment of an invitation. */
const FRAGMENT = '#join=';
/** The names in sessionStorage: the secret, whether the person signs in to join by it, and who was asked. */
const SECRET = 'invitation';
const WANTED = 'invitation-wanted';
const ASKED = 'invitation-asked';

export interface JoinActions {
  accept(secret: string): Promise<ListedTeam>;
  onJoined(team: ListedTeam): void;
}

/**
 * The invitation that the address has brought. This tab keeps its secret over a sign-in. The secret leaves the address
 * at once, so no reload, no history and no copied address has it.
 */
export function createJoin({ accept, onJoined }: JoinActions) {
  const dialog = find('join', HTMLDialogElement);
  const action = find('join-action', HTMLButtonElement);
  const cancel = find('join-cancel', HTMLButtonElement);
  const trouble = find('join-trouble', HTMLElement);

  async function join(): Promise<void> {
    const secret = recall(SECRET);
    if (secret === undefined) return dialog.close();
    trouble.textContent = '';
    try {
      const team = await accept(secret);
      forget();
      dialog.close();
      onJoined(team);
    } catch (error) {
      const { words, canRetry } = describeFailure(error);
      if (!canRetry) forget();
      offer(canRetry, words);
    }
  }

  function offer(canJoin: boolean, words = ''): void {
    trouble.textContent = words;
    action.hidden = !canJoin;
    cancel.textContent = text(canJoin ? 'cancel' : 'close');
  }

  const giveUp = onPress(action, join);
  cancel.addEventListener('click', () => {
    forget();
    dialog.close();
  });
  dialog.addEventListener('cancel', forget);
  find('sign-in', HTMLElement).addEventListener('click', () => {
    if (recall(SECRET) !== undefined) storage()?.setItem(WANTED, 'yes');
  });

  return {
    take,
    isInvited: () => recall(SECRET) !== undefined,
    /**
     * Asks the signed-in person whether to join: any page may lead here, and the members learn the person's name. Who
     * has signed in to join is not asked again. The session of somebody who was asked may end. The invitation is not for
     * whoever signs in next.
     * @param userId the signed-in person's
     */
    ask(userId: string): void {
      if ((recall(ASKED) ?? userId) !== userId) forget();
      if (recall(SECRET) === undefined) return;
      storage()?.setItem(ASKED, userId);
      giveUp();
      offer(true);
      if (!dialog.open) dialog.showModal();
      if (recall(WANTED) !== undefined) find('join-form', HTMLFormElement).requestSubmit();
    },
    forget,
  };
}

/** Whether the address has an invitation. */
export function isInvitation(): boolean {
  return location.hash.startsWith(FRAGMENT);
}

/** Takes an invitation out of the address. Returns false if there is none. */
function take(): boolean {
  if (!isInvitation()) return false;
  const { hash } = location;
  history.replaceState(null, '', location.pathname + location.search);
  forget();
  storage()?.setItem(SECRET, hash.slice(FRAGMENT.length));
  return true;
}

function forget(): void {
  for (const name of [SECRET, WANTED, ASKED]) storage()?.removeItem(name);
}

function recall(name: string): string | undefined {
  return storage()?.getItem(name) ?? undefined;
}

/** Undefined if the browser keeps nothing for this site. Nobody can sign in then. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
