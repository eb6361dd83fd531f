import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX, Ref } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { announce } from '../dom.ts';
import { badgeOf, kindOf } from '../files/kinds.ts';
import { text } from '../words/language.ts';
import { countDown } from '../words/shown.ts';

/** An icon of index.html. */
export function Icon({ name }: { name: string }) {
  return (
    <svg aria-hidden="true">
      <use href={`#icon-${name}`} />
    </svg>
  );
}

/** Words after their icon. Without room, an icon may be alone. */
export function WithIcon({ icon, words }: { icon: string; words: string }) {
  return (
    <>
      <Icon name={icon} />
      <span>{words}</span>
    </>
  );
}

type ButtonAttributes = JSX.IntrinsicElements['button'];

interface ButtonProps {
  words: ComponentChildren;
  /** Says more to people who do not see the things beside the button. */
  label?: string | undefined;
}

/** A button with words. */
export function Button({ words, label, ...more }: ButtonAttributes & ButtonProps) {
  return (
    <button type="button" aria-label={label} {...more}>
      {words}
    </button>
  );
}

let ids = 0;

/** An id that no other element of the page has. Preact's own `useId` counts for each dialog anew. */
export function useOwnId(): string {
  return useState(() => `own-${++ids}`)[0];
}

/** A button that shows an icon. `label` is its accessible name. */
export function IconButton({ icon, label, ...more }: ButtonAttributes & IconProps) {
  return (
    <button type="button" class="icon" title={label} aria-label={label} {...more}>
      <Icon name={icon} />
    </button>
  );
}

interface IconProps {
  icon: string;
  label: string;
}

/**
 * Work that a press begins. A press during the work does nothing. The button is not `disabled` meanwhile, because a
 * browser takes the focus from a disabled button.
 */
export function useWork(work: (event: Event) => Promise<unknown>) {
  const isBusy = useSignal(false);
  const begin = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy.value) return;
    isBusy.value = true;
    await work(event).finally(() => {
      isBusy.value = false;
    });
  };
  return { begin, isBusy: isBusy.value };
}

/** A button with words that begins work. */
export function WorkButton({ work, ...more }: ButtonAttributes & ButtonProps & { work(): Promise<unknown> }) {
  const { begin, isBusy } = useWork(work);
  return <Button aria-disabled={isBusy} onClick={begin} {...more} />;
}

/** A button that submits its form. @param props.isBusy the work of the last press is not done */
export function SubmitButton({ isBusy, ...more }: ButtonAttributes & ButtonProps & { isBusy?: boolean }) {
  return <Button type="submit" class="primary" aria-disabled={isBusy} {...more} />;
}

/** Why something did not work. */
export function Trouble({ words }: { words: ComponentChildren }) {
  return (
    <p class="failed" role="alert">
      {words}
    </p>
  );
}

/** What is going on, or has been done. */
export function Status({ words }: { words: ComponentChildren }) {
  return (
    <p class="quiet" role="status">
      {words}
    </p>
  );
}

/** A field with its label. */
export function Field({ label, inputRef, ...more }: JSX.IntrinsicElements['input'] & FieldProps) {
  return (
    <label>
      {label}
      <input ref={inputRef ?? null} autocomplete="off" autocapitalize="none" {...more} />
    </label>
  );
}

interface FieldProps {
  label: string;
  inputRef?: Ref<HTMLInputElement>;
}

/** A choice with its label. @param props.options the values, and their words */
export function Choice({ label, options, usual, ...more }: JSX.IntrinsicElements['select'] & ChoiceProps) {
  return (
    <label>
      {label}
      <select {...more}>
        <Options options={options} usual={usual} />
      </select>
    </label>
  );
}

interface ChoiceProps {
  label: string;
  options: { [value: string]: string };
  /** The value that is chosen at first, if it is not the first one. */
  usual?: string | undefined;
}

export function Options({ options, usual }: Omit<ChoiceProps, 'label'>) {
  return Object.entries(options).map(([value, words]) => (
    <option key={value} value={value} {...(value === usual && { selected: true })}>
      {words}
    </option>
  ));
}

/** One thing of a list: its picture, its name, the facts about it, and what can be done with it. */
export function Row({ face, name, facts, children, ...more }: RowProps) {
  return (
    <li {...more}>
      {face}
      {name && <span class="name">{name}</span>}
      {facts && <span class="quiet">{facts}</span>}
      {children && <span class="acts">{children}</span>}
    </li>
  );
}

interface RowProps {
  face?: ComponentChildren;
  name?: ComponentChildren;
  facts?: ComponentChildren;
  children?: ComponentChildren;
  'data-name'?: string;
}

/** The small picture of a file in a row: its thumbnail, or its badge. @param props.file what is known of it */
export function Face({ name, file }: { name: string; file?: ListedFile | undefined }) {
  const picture = file?.thumbnailUrl;
  return (
    <span class="face" aria-hidden="true" data-kind={kindOf(name)}>
      {picture === undefined ? badgeOf(name) : <img src={picture} alt="" loading="lazy" />}
    </span>
  );
}

/** The small picture of a row that is no file. */
export function Mark({ icon, children }: { icon?: string; children?: ComponentChildren }) {
  return (
    <span class="face" aria-hidden="true">
      {icon ? <Icon name={icon} /> : children}
    </span>
  );
}

/** How long it is until a time. */
export function TimeLeft({ until, ...more }: { until: string; onEnd: () => void; title?: string }) {
  const { onEnd, ...attributes } = more;
  const element = useRef<HTMLTimeElement>(null);
  useLayoutEffect(() => {
    if (element.current) countDown(element.current, until, onEnd);
  }, [until]);
  return <time ref={element} class="quiet" {...attributes} />;
}

/** Copies an address, and says so. A browser may forbid that. The person then copies it by hand. */
export async function copyAddress(address: string, said = text('inClipboard')): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(address);
    announce(said);
    return true;
  } catch {
    prompt(text('link'), address);
    return false;
  }
}

/** The address that was made last, with the button that copies it. */
export function CopyField({ label, address, note }: CopyFieldProps) {
  const button = useRef<HTMLButtonElement>(null);
  const copied = useSignal('');
  useLayoutEffect(() => button.current?.focus(), [address]);
  const copy = async () => {
    if (await copyAddress(address)) copied.value = address;
  };
  return (
    <>
      <p class="field">
        <textarea
          readonly
          rows={Math.min(address.split('\n').length, 6)}
          spellcheck={false}
          aria-label={label}
          value={address}
        />
        <button ref={button} type="button" class="primary" onClick={copy}>
          {text(copied.value === address ? 'copied' : 'copy')}
        </button>
      </p>
      <p class="quiet">{note}</p>
    </>
  );
}

interface CopyFieldProps {
  label: string;
  address: string;
  /** For whom it is, and how long. */
  note: ComponentChildren;
}
