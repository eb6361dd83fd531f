import { signal } from '@preact/signals';
import { preferred } from './preferences.ts';

/** The element of the page with this id. Throws if the element is missing or of another kind. */
export function find<E extends Element>(id: string, kind: { new (): E; prototype: E }): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`#${id} is missing`);
  return found;
}

/** A new element. Strings become text, never markup. */
export function create<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: { [name: string]: string },
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An icon of index.html. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

/** A button that shows an icon. `label` is its accessible name. */
export function iconButton(name: string, label: string, onClick: () => void): HTMLButtonElement {
  const attributes = { type: 'button', class: 'icon', title: label, 'aria-label': label };
  const button = create('button', attributes, icon(name));
  button.addEventListener('click', onClick);
  return button;
}

/** A button with words. `label` says more to people who do not see the things beside it. */
export function textButton(words: string, label: string, onClick: () => void): HTMLButtonElement {
  const button = create('button', { type: 'button', 'aria-label': label }, words);
  button.addEventListener('click', onClick);
  return button;
}

/** What is said at the top of the page, and stays there. */
export const notice = signal('');

/** Without words, nothing is said. */
export function say(words: string): void {
  notice.value = words;
}

/** The time for which the words about something that was done stay. */
const SAID_MS = 6_000;
let isSaid: ReturnType<typeof setTimeout> | undefined;
const words = globalThis.document && create('p', { id: 'status', role: 'status' });
const toast = globalThis.document && create('div', { id: 'toast' }, words);

/**
 * Says that something has been done. The words appear at the edge of the page, or of the open dialog, and are read out.
 * They go by themselves, unless the pointer or the focus is on them.
 */
export function announce(said: string): void {
  const place = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
  if (toast.parentElement !== place) place.append(toast);
  words.textContent = said;
  clearTimeout(isSaid);
  isSaid = setTimeout(forgetWhenLeft, SAID_MS);
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
  words.append(' ', button);
}

function forgetWhenLeft(): void {
  if (toast.matches(':is(:hover, :focus-within)')) isSaid = setTimeout(forgetWhenLeft, SAID_MS);
  else words.textContent = '';
}

/** A dialog that closes does not take the words with it. One that opens does not stand beside old words. */
export function watchAnnouncements(): void {
  document.body.append(toast);
  new MutationObserver((changes) => {
    const isOver = changes.some(
      ({ target }) => target instanceof HTMLDialogElement && target.open && !target.contains(toast),
    );
    if (isOver) words.textContent = '';
    if (!toast.isConnected || !toast.parentElement?.matches('body, dialog[open]'))
      document.body.append(toast);
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['open'] });
}

/** If the control with the focus goes, the focus does not fall to the top of the page. The gallery has a rule of its own. */
export function watchFocus(): void {
  let last: Element | undefined;
  addEventListener('focusin', ({ target }) => {
    last = target instanceof Element ? target : undefined;
  });
  new MutationObserver(() => {
    if (!last || last.isConnected || document.activeElement !== document.body) return;
    const dialog = [...document.querySelectorAll('dialog:modal')].at(-1);
    if (dialog) dialog.querySelector<HTMLElement>('.buttons > :last-child')?.focus();
    else if (!last.closest('[data-key]')) focusAgain();
    last = undefined;
  }).observe(document.body, { subtree: true, childList: true });
}

/** Puts the focus on the button that adds things. Who may add none does not see it, and gets the search. */
export function focusAgain(): void {
  const place = document.querySelector<HTMLElement>('#new') ?? document.querySelector<HTMLElement>('#search');
  place?.focus();
}

/** Takes the theme that the person has chosen, or that of the device. */
export function followTheme(): void {
  const theme = preferred('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
  else delete document.documentElement.dataset['theme'];
}
