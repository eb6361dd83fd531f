import type { ListedTeam } from '@cloudfront-cookie-gateway/client';
import { type Signal, signal } from '@preact/signals';
import { createRef, type RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { INVITATION } from '../files/address.ts';
import { CloseButton, Dialog, openDialog } from '../ui/dialog.tsx';
import { SubmitButton, Trouble, useOwnId, useWork } from '../ui/parts.tsx';
import { text } from '../words/language.ts';
import { describeFailure, type Failure } from '../words/words.ts';

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
  const failure = signal<Failure | undefined>(undefined);
  const form = createRef<HTMLFormElement>();

  async function join(): Promise<void> {
    const secret = recall(SECRET);
    failure.value = undefined;
    if (secret === undefined) return;
    try {
      const team = await accept(secret);
      forget();
      onJoined(team);
    } catch (error) {
      failure.value = describeFailure(error);
      if (!failure.value.canRetry) forget();
    }
  }

  return {
    take,
    isInvited: () => recall(SECRET) !== undefined,
    /** The person signs in to join. */
    want(): void {
      if (recall(SECRET) !== undefined) storage()?.setItem(WANTED, 'yes');
    },
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
      failure.value = undefined;
      if (!form.current?.closest('dialog')?.open) void openDialog(<Join {...{ join, failure, form }} />);
    },
    forget,
  };
}

interface JoinProps {
  join(): Promise<void>;
  /** Why it did not work. */
  failure: Signal<Failure | undefined>;
  form: RefObject<HTMLFormElement | null>;
}

function Join({ join, failure, form }: JoinProps) {
  const id = useOwnId();
  const canJoin = failure.value?.canRetry !== false;
  const { begin, isBusy } = useWork(async () => {
    await join();
    if (!failure.value) form.current?.closest('dialog')?.close();
  });
  useEffect(() => {
    if (recall(WANTED) !== undefined) form.current?.requestSubmit();
  }, []);
  return (
    <Dialog title={text('joinQuestion')} aria-describedby={id} buttons={null} onCancel={forget}>
      <form ref={form} onSubmit={begin}>
        <p id={id}>{text('joinText')}</p>
        <Trouble words={failure.value?.words} />
        <p class="buttons">
          <CloseButton words={text(canJoin ? 'cancel' : 'close')} onClickCapture={forget} />
          {canJoin && <SubmitButton words={text('join')} isBusy={isBusy} />}
        </p>
      </form>
    </Dialog>
  );
}

/** Takes an invitation out of the address. Returns false if there is none. */
function take(): boolean {
  const { hash } = location;
  if (!hash.startsWith(INVITATION)) return false;
  history.replaceState(null, '', location.pathname + location.search);
  forget();
  storage()?.setItem(SECRET, hash.slice(INVITATION.length));
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
