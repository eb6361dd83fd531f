import { useSignal } from '@preact/signals';
import { type ComponentChildren, type ComponentProps, createContext, type JSX, render } from 'preact';
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import { text } from '../words/language.ts';
import { describeWith } from '../words/words.ts';
import { Button, Field, Status, SubmitButton, Trouble, useOwnId, useWork } from './parts.tsx';

const Closing = createContext((_value: string) => {});

/** Draws a dialog over the page until it closes. @returns the value of the button that closed it; empty after Escape */
export function openDialog(dialog: JSX.Element): Promise<string> {
  const place = document.body.appendChild(document.createElement('div'));
  return new Promise((resolve) => {
    const close = (value: string) => {
      render(null, place);
      place.remove();
      resolve(value);
    };
    render(<Closing.Provider value={close}>{dialog}</Closing.Provider>, place);
  });
}

/** The dialog of `openDialog`. A button in a form with the method `dialog` closes it. */
export function Dialog({ title, buttons, children, ...more }: JSX.IntrinsicElements['dialog'] & DialogProps) {
  const id = useOwnId();
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useContext(Closing);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={({ currentTarget }) => close(currentTarget.returnValue)}
      {...more}
    >
      <h2 id={id}>{title}</h2>
      {children}
      {buttons !== null && (
        <p class="buttons">
          {buttons}
          <CloseButton words={text('done')} class="primary" />
        </p>
      )}
    </dialog>
  );
}

interface DialogProps {
  title: string;
  /** What stands before the button that closes it. Null if its content has all buttons. */
  buttons?: ComponentChildren;
}

/** A button that closes the dialog that it is in. */
export function CloseButton({ words = text('cancel'), ...more }: Partial<ComponentProps<typeof Button>>) {
  const close = ({ currentTarget }: { currentTarget: Element }) => currentTarget.closest('dialog')?.close();
  return <Button words={words} onClick={close} {...more} />;
}

const inWords = describeWith();

/** A dialog with a form. It closes when its work is done. If the work fails, it stays, and says why. */
export function FormDialog({ title, action, describe = inWords, save, children }: FormDialogProps) {
  const trouble = useSignal('');
  const form = useRef<HTMLFormElement>(null);
  const { begin, isBusy } = useWork(async () => {
    if (!form.current) return;
    trouble.value = '';
    try {
      await save(new FormData(form.current));
      form.current?.closest('dialog')?.close();
    } catch (error) {
      trouble.value = describe(error);
      form.current?.querySelector('input')?.focus();
    }
  });
  return (
    <Dialog title={title} buttons={null}>
      <form ref={form} class="fields" onSubmit={begin}>
        {children}
        <Trouble words={trouble} />
        <p class="buttons">
          <CloseButton />
          <SubmitButton words={action} isBusy={isBusy} />
        </p>
      </form>
    </Dialog>
  );
}

interface FormDialogProps {
  title: string;
  action: string;
  describe?: ((error: unknown) => string) | undefined;
  /** The dialog stays, with the reason, if this throws. */
  save(fields: FormData): Promise<void>;
  children: ComponentChildren;
}

/** The value of a field of a form. */
export function fieldOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value : '';
}

/** A question about a name. */
export interface NameQuestion extends Pick<FormDialogProps, 'title' | 'action' | 'describe'> {
  label: string;
  /** What the field has at first. */
  name?: string;
  /** A quiet line beside the field. */
  note?: string;
  maxLength?: number;
  /** Gives the name to the host. */
  save(name: string): Promise<void>;
}

/** Asks for a name. */
export function askName(question: NameQuestion): void {
  void openDialog(<NameDialog {...question} />);
}

function NameDialog({ label, name = '', note, maxLength, save, ...more }: NameQuestion) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    field.current?.focus();
    // The extension seldom changes.
    const dot = name.lastIndexOf('.');
    field.current?.setSelectionRange(0, dot > 0 ? dot : name.length);
  }, []);
  return (
    <FormDialog {...more} save={(fields) => save(fieldOf(fields, 'name').trim())}>
      <Field label={label} inputRef={field} name="name" required maxLength={maxLength} defaultValue={name} />
      {note && <p class="quiet">{note}</p>}
    </FormDialog>
  );
}

/** Asks before an action that cannot be undone. */
export async function confirm(question: { title: string; text: string; action: string }): Promise<boolean> {
  const value = await openDialog(
    <Dialog title={question.title} buttons={null}>
      <p>{question.text}</p>
      <form method="dialog" class="buttons">
        <SubmitButton words={text('cancel')} class="" autofocus />
        <SubmitButton words={question.action} class="danger" value="confirmed" />
      </form>
    </Dialog>,
  );
  return value === 'confirmed';
}

/** What a dialog says of its work: what has been done, or why it has not. @param first what it says at first */
export function useReport(describe: (error: unknown) => string = inWords, first = '') {
  const done = useSignal(first);
  const trouble = useSignal('');
  return {
    say(words: string): void {
      done.value = words;
      trouble.value = '';
    },
    /** @returns whether it worked */
    async attempt(run: () => Promise<unknown>): Promise<boolean> {
      trouble.value = '';
      try {
        await run();
        return true;
      } catch (error) {
        done.value = '';
        trouble.value = describe(error);
        return false;
      }
    },
    report: (
      <>
        <Status words={done} />
        <Trouble words={trouble} />
      </>
    ),
  };
}
