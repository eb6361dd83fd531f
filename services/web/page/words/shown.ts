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
