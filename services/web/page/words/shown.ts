import { language, plain } from './language.ts';
import { formatTimeLeft } from './words.ts';

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
