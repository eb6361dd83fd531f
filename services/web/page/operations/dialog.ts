import { ApiError } from '@cloudfront-cookie-gateway/client';
import type { FailedFile } from '@cloudfront-cookie-gateway/client/files';
import { announce, create, find, focusAgain, onPress } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';

let opened = 0;

/** A dialog that is made when it opens, and leaves the page when it closes. */
export function openDialog(title: string, ...content: (Node | string)[]): HTMLDialogElement {
  const id = `operation-${++opened}`;
  const dialog = create(
    'dialog',
    { 'aria-labelledby': id, class: 'operation' },
    create('h2', { id }, title),
    ...content,
  );
  dialog.addEventListener('close', () => {
    dialog.remove();
    // The control that opened it may have gone.
    if (document.activeElement === document.body) focusAgain();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A button that closes the dialog that it is in. */
export function closeButton(label = text('cancel')): HTMLButtonElement {
  const button = create('button', { type: 'button' }, label);
  button.addEventListener('click', () => button.closest('dialog')?.close());
  return button;
}

/** The line of a dialog for the reason why something did not work. */
export function troubleLine(): HTMLElement {
  return create('p', { class: 'failed', role: 'alert' });
}

/** A question about a name. */
export interface NameQuestion {
  title: string;
  label: string;
  /** What the field has at first. */
  name?: string;
  action: string;
  /** A quiet line below the field. */
  note?: string;
  /** Gives the name to the host. The dialog stays, with the reason, if this throws. */
  save(name: string): Promise<void>;
}

/** Asks for the name of a file or a folder. */
export function askName({ title, label, name = '', action, note, save }: NameQuestion): void {
  const field = create('input', { type: 'text', required: '', autocomplete: 'off', autocapitalize: 'none' });
  const submit = create('button', { type: 'submit', class: 'primary' }, action);
  const trouble = troubleLine();
  const form = create(
    'form',
    { class: 'fields' },
    create('label', {}, label, ' ', field),
    ...(note === undefined ? [] : [create('p', { class: 'quiet' }, note)]),
    trouble,
    create('p', { class: 'buttons' }, closeButton(), submit),
  );
  const dialog = openDialog(title, form);
  field.value = name;
  field.focus();
  // The extension seldom changes.
  field.setSelectionRange(0, stemLength(name));
  onPress(submit, async () => {
    trouble.textContent = '';
    try {
      await save(field.value.trim());
      dialog.close();
    } catch (error) {
      trouble.textContent = describe(error);
      field.focus();
    }
  });
}

function stemLength(name: string): number {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? dot : name.length;
}

/** Why an operation failed, in words for the person. */
export function describe(error: unknown): string {
  const code = codeOf(error);
  if (code === 'file_exists') return text('nameTaken');
  if (code === 'invalid_name') return text('nameRefused');
  if (code === 'quota_exceeded') return text('noRoomThere');
  if (code === 'no_trash') return text('noTrash');
  return describeFailure(error).words;
}

/** How many files failed alone, and why the first of them did. Nothing if none did. */
export function describeFailed(failed: readonly FailedFile[]): string[] {
  const [first] = failed;
  if (!first) return [];
  const reason = describe(new ApiError(409, first.code));
  return [text('failedSome', { count: NUMBER.format(failed.length), reason })];
}

/** The code of an ApiError. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/**
 * Says that something has been done, with a button for what may follow. Both go with the next words.
 * @param label the button's
 */
export function announceWith(said: string, label: string, onClick: () => void): void {
  announce(said);
  const button = create('button', { type: 'button', class: 'follow' }, label);
  button.addEventListener('click', () => {
    announce('');
    onClick();
  });
  find('status', HTMLElement).append(' ', button);
}
