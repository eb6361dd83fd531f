import type { Session } from './types.ts';

/** A folder that this browser has opened: the user's own, or that of a team. */
export interface OpenFolder {
  isGood(): boolean;
  /** Renews the cookies. Null if nobody is signed in. */
  renew(): Promise<Session | null>;
}

/** A link does not tell the page that it failed. If the cookies have expired, this renews them before the link opens. */
export function createLinkHold(
  folderOf: (url: string) => OpenFolder | undefined,
): (event: Event & { button?: number }) => void {
  let passed: Event | undefined;
  return (event) => {
    // The target is read at once. After the event, the target of an event from a shadow root is the host of that root.
    const { target, button = 0 } = event;
    const link = closest<HTMLAnchorElement>(target, 'a');
    // A right click opens nothing. A link in HTML becomes its address when it becomes text. A link in an SVG does not,
    // so it is left alone.
    if (!link || button > 1 || event === passed) return;
    const folder = folderOf(`${link}`);
    if (!folder || folder.isGood()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    // If the app host does not answer, the link opens all the same: the files host says what is wrong.
    const isWorthwhile = folder.renew().catch(() => true);
    void isWorthwhile.then((isToBe) => {
      // The new event has the same keys, because keys decide where a link opens. A script cannot press the middle
      // button, but these two keys do the same.
      passed = new MouseEvent('click', button ? { ctrlKey: true, metaKey: true } : event);
      if (isToBe) (button ? link : target)?.dispatchEvent(passed);
    });
  };
}

export function closest<E extends Element>(target: EventTarget | null, selector: string): E | null {
  return target instanceof Element ? target.closest<E>(selector) : null;
}
