import { hashOf, type Place } from './address.ts';

/** Goes to a place, as a new step of the browser's history or in place of the present step. */
export function go(place: Place, how: 'push' | 'replace'): void {
  const address = location.pathname + location.search + hashOf(place);
  if (how === 'push') history.pushState({ isOver: true }, '', address);
  else history.replaceState(history.state, '', address);
}

/**
 * Leaves a file for its folder. If a step led to the file, this is a step back. Otherwise the folder replaces the file
 * in the history.
 * @param place the folder
 * @param onLeft called once the address is the folder's. Listeners to `popstate` are called before it
 */
export function leaveFile(place: Place, onLeft: () => void): void {
  if (!isOver(history.state)) {
    go(place, 'replace');
    onLeft();
    return;
  }
  if (isLeaving) return;
  isLeaving = true;
  const arrive = () => {
    isLeaving = false;
    onLeft();
  };
  addEventListener('popstate', arrive, { once: true });
  history.back();
}

/** A step back takes a moment. A second step would leave the folder, too. */
let isLeaving = false;

function isOver(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'isOver' in state;
}
