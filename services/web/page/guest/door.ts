import { find } from '../dom.ts';
import { plain, text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';

/**
 * What is there as long as a link is not open: the question for its password, or why it does not open.
 * @param open opens the link, and shows it
 * @param overText what there is to say once it has ended
 */
export function createDoor(open: (password?: string) => Promise<void>, overText: string) {
  const field = find('guest-password-field', HTMLInputElement);
  const button = find('guest-open', HTMLButtonElement);
  const trouble = find('guest-trouble', HTMLElement);
  let isOpening = false;

  async function tryToOpen(): Promise<void> {
    if (isOpening) return;
    isOpening = true;
    trouble.textContent = '';
    try {
      await open(field.value || undefined);
      find('guest', HTMLElement).hidden = true;
      field.value = '';
    } catch (error) {
      explain(error);
    }
    isOpening = false;
  }

  function explain(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'link_over') {
      close();
      return;
    }
    const isAsking = code === 'password_needed' || field.required;
    field.required = isAsking;
    find('guest-password', HTMLElement).hidden = !isAsking;
    const { words } = describeFailure(error);
    write(isAsking ? 'guestQuestion' : 'guestTrouble', isAsking ? text('guestQuestionText') : words);
    if (isAsking && code !== 'password_needed') trouble.textContent = words;
    button.textContent = text(isAsking ? 'open' : 'tryAgain');
    if (isAsking) field.select();
  }

  function write(title: 'guestQuestion' | 'guestTrouble' | 'guestOver', words: string): void {
    find('guest-title', HTMLElement).textContent = plain(title);
    find('guest-text', HTMLElement).textContent = words;
    find('guest', HTMLElement).hidden = false;
  }

  /** Says that the link is over. */
  function close(): void {
    find('guest-form', HTMLElement).hidden = true;
    write('guestOver', overText);
    // So screen readers read it out.
    find('guest-title', HTMLElement).focus();
  }

  find('guest-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void tryToOpen();
  });
  return { open: tryToOpen, close };
}
