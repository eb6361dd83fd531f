import { signal } from '@preact/signals';
import { hashOf, type Place, placeOf } from './address.ts';

/** The place that the address names. The address is the state of all navigation. */
export const address = signal<Place>(placeOf(location.hash));

/** Goes to a place, as a new step of the browser's history or in place of the present step. */
export function go(place: Place, how: 'push' | 'replace'): void {
  const url = location.pathname + location.search + hashOf(place);
  if (how === 'push') history.pushState({ isOver: true }, '', url);
  else history.replaceState(history.state, '', url);
  readAddress();
}

export function readAddress(): void {
  address.value = placeOf(location.hash);
}

/** A step back takes a moment. A second step would leave the folder, too. */
let isLeaving = false;

/**
 * Leaves a file for its folder. If a step led to the file, this is a step back. Otherwise the folder replaces the file
 * in the history.
 */
export function leaveFile(folder: Place): void {
  if (!history.state?.isOver) go(folder, 'replace');
  else if (!isLeaving) {
    isLeaving = true;
    history.back();
  }
}

addEventListener('popstate', () => {
  isLeaving = false;
  readAddress();
});
