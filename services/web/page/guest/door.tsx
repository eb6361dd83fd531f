import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { SubmitButton, Trouble, useWork } from '../ui/parts.tsx';
import { text } from '../words/language.ts';
import { codeOf, describeFailure } from '../words/words.ts';

interface DoorProps {
  /** Opens the link, and shows it. */
  open(password?: string): Promise<void>;
  /** Whether the link has ended. */
  isOver: boolean;
  /** What there is to say then. */
  overText: string;
}

/** What is there as long as a link is not open: the question for its password, or why it does not open. */
export function Door({ open, isOver, overText }: DoorProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const failure = useSignal<unknown>(undefined);
  const isAsking = useSignal(false);
  const { begin, isBusy } = useWork(async () => {
    try {
      await open(field.current?.value || undefined);
    } catch (error) {
      failure.value = error;
      isAsking.value ||= codeOf(error) === 'password_needed';
    }
  });
  const isClosed = isOver || codeOf(failure.value) === 'link_over';
  useLayoutEffect(() => {
    if (!isOver) void begin(new Event('submit'));
  }, []);
  useLayoutEffect(() => field.current?.select(), [failure.value]);
  // So screen readers read it out.
  useLayoutEffect(() => {
    if (isClosed) heading.current?.focus();
  }, [isClosed]);
  if (!isClosed && failure.value === undefined) return null;
  const { words } = describeFailure(failure.value);
  const title = isAsking.value ? text('guestQuestion') : text('guestTrouble');
  return (
    <section id="guest">
      <h1 id="guest-title" ref={heading} tabIndex={-1}>
        {isClosed ? text('guestOver') : title}
      </h1>
      <p>{isClosed ? overText : isAsking.value ? text('guestQuestionText') : words}</p>
      {!isClosed && (
        <form onSubmit={begin}>
          {isAsking.value && (
            <p id="guest-password">
              <label>
                {text('guestPassword')}{' '}
                <input ref={field} type="password" maxLength={256} autocomplete="off" required />
              </label>
            </p>
          )}
          <Trouble words={isAsking.value && codeOf(failure.value) !== 'password_needed' ? words : ''} />
          <SubmitButton words={text(isAsking.value ? 'open' : 'tryAgain')} isBusy={isBusy} />
        </form>
      )}
    </section>
  );
}
