import { recall, remember } from './tabs.ts';

/** What this tab keeps, over a reload too: the secret of a link until it is open, then the host's answer. */
export const SECRET = 'link-secret';
export const OPENED = 'link-opened';
const TAB = 'sessionStorage';

/**
 * Takes the link out of the address of the page (`#link=<secret>`), so that no reload, no history and no copied address
 * has its secret. Call it before anything else reads the address.
 * @returns whether the address had one
 */
export function takeLink(): boolean {
  const [, secret] = /^#link=(.*)/.exec(location.hash) ?? [];
  if (secret === undefined) return false;
  history.replaceState(null, '', location.pathname + location.search);
  leaveLink();
  keep(SECRET, secret);
  return true;
}

/** Whether this tab has a link: one that it has taken, or has opened before a reload. */
export function hasLink(): boolean {
  return (kept(SECRET) ?? kept(OPENED)) !== null;
}

/** Forgets the link of this tab. It stays open until it ends, so its address opens it again. */
export function leaveLink(): void {
  keep(SECRET);
  keep(OPENED);
}

/** What this tab keeps. If the browser keeps nothing for this site, no link can be open. */
export function kept(key: string): string | null {
  return recall(key, TAB);
}

export function keep(key: string, value?: string): void {
  remember(key, value, TAB);
}
