import { language, plain } from './words/language.ts';
import { formatTimeLeft } from './words/words.ts';

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

/** Says that something has been done. The words appear at the edge of the page, and are read out. */
export function announce(words: string): void {
  find('status', HTMLElement).textContent = words;
  saidAtMs = Date.now();
}

/** Removes the words a while later, when the person goes on to something else. */
export function watchAnnouncements(): void {
  const LONG_ENOUGH_MS = 3_000;
  const forget = () => {
    if (Date.now() > saidAtMs + LONG_ENOUGH_MS) find('status', HTMLElement).textContent = '';
  };
  addEventListener('pointerdown', forget);
  addEventListener('keydown', forget);
}

let saidAtMs = 0;

/** Removes an element. If the focus was in it, the focus goes to the choice of files, not to the top of the page. */
export function removeRow(row: HTMLElement): void {
  const hadFocus = row.contains(document.activeElement);
  row.remove();
  if (hadFocus) find('file-input', HTMLElement).focus();
}

/** The server's clock minus the clock of this device, which may be wrong. */
let clockOffsetMs = 0;

/** @param serverTime the time in an answer that has just arrived (ISO 8601) */
export function setServerTime(serverTime: string): void {
  clockOffsetMs = Date.parse(serverTime) - Date.now();
}

/**
 * Shows in an element how long it is until a time. It updates each second, until the time comes or the element has left
 * the page.
 * @param until ISO 8601
 */
export function countDown(element: HTMLTimeElement, until: string, onEnd: () => void): void {
  element.dateTime = until;
  const show = () => {
    if (element.dateTime !== until) return stop();
    const leftSeconds = Math.round((Date.parse(until) - Date.now() - clockOffsetMs) / 1000);
    element.textContent = formatTimeLeft(Math.max(leftSeconds, 0));
    if (leftSeconds > 0) return undefined;
    stop();
    return onEnd();
  };
  const timer = setInterval(() => (element.isConnected ? show() : stop()), 1000);
  const stop = () => clearInterval(timer);
  show();
}

/**
 * Puts the person's language in place of the English words of index.html. `data-text` names a message, `data-label` an
 * accessible name.
 */
export function translatePage(root: Document): void {
  root.documentElement.lang = language;
  for (const element of root.querySelectorAll<HTMLElement>('[data-text]')) {
    element.textContent = plain(element.dataset['text']);
  }
  for (const element of root.querySelectorAll<HTMLElement>('[data-label]')) {
    const label = plain(element.dataset['label']);
    element.setAttribute('aria-label', label);
    if (element.hasAttribute('title')) element.title = label;
    if (element.hasAttribute('placeholder')) element.setAttribute('placeholder', label);
  }
}
