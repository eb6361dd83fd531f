import { hashOf, type Place } from './address.ts';

/** Goes to a place, as a step of the browser's history or in place of the one before. */
export function go(place: Place, how: 'push' | 'replace'): void {
  const address = location.pathname + location.search + hashOf(place);
  if (how === 'push') history.pushState({ isOver: true }, '', address);
  else history.replaceState(history.state, '', address);
}

/**
 * Leaves a file for its folder: by a step back where the page went there by a step, else by putting it in its place.
 * @param onLeft called once the address is the folder's; before that whoever listens to `popstate`
 */
export function leaveFile(folder: string, onLeft: () => void): void {
  if (isOver(history.state)) {
    addEventListener('popstate', onLeft, { once: true });
    history.back();
    return;
  }
  go({ folder }, 'replace');
  onLeft();
}

function isOver(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'isOver' in state;
}
