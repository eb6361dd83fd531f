import { announce } from '../dom.ts';
import { text } from '../words/language.ts';

/** `/auth/done` tells on this channel that a sign-in in another window has ended. */
export const SIGNED_IN = 'cookie-gateway-done';
const PLACE = 'place';

/**
 * A sign-in leaves the page, and its address loses the folder. The tab remembers the folder itself: no server learns of
 * it. The secrets of invitations and links are no places, and are never kept.
 */
export function restorePlace(): void {
  const hash = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (hash !== null && location.hash === '') history.replaceState(history.state, '', hash);
}

export function keepPlace(): void {
  if (/^#(?:team(?:-photos)?\/[a-z2-7]{26}\/|photos\/|shared|\/)/.test(location.hash))
    sessionStorage.setItem(PLACE, location.hash);
}

/** Opens a window that signs in and closes, because this page would lose the chosen files. */
export function signInBeside(): void {
  const opened = open('/auth/login?return_to=/auth/done', '_blank', 'popup,width=520,height=720');
  if (!opened) announce(text('windowRefused'));
}
