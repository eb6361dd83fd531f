/** The place of the page in the files: a folder, and perhaps an open file. */
export interface Place {
  /** Empty, or ends in `/`. */
  folder: string;
  /** The whole name. */
  file?: string;
}

/** The fragment of an address. Browsers do not send it, so no server logs the names of files. */
export function hashOf({ folder, file }: Place): string {
  const path = (file ?? folder).split('/').map(encodeURIComponent).join('/');
  return path === '' ? '#' : `#/${path}`;
}

/** The place that a fragment names. The start if it names none. */
export function placeOf(hash: string): Place {
  if (!hash.startsWith('#/')) return { folder: '' };
  try {
    const name = hash.slice(2).split('/').map(decodeURIComponent).join('/');
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    return name.endsWith('/') || name === '' ? { folder } : { folder, file: name };
  } catch {
    return { folder: '' };
  }
}

/** Goes to a place, as a new step of the browser's history or in place of the present step. */
export function go(place: Place, how: 'push' | 'replace'): void {
  const address = location.pathname + location.search + hashOf(place);
  if (how === 'push') history.pushState({ isOver: true }, '', address);
  else history.replaceState(history.state, '', address);
}

/**
 * Leaves a file for its folder. If a step led to the file, this is a step back. Otherwise the folder replaces the file
 * in the history.
 * @param onLeft called once the address is the folder's. Listeners to `popstate` are called before it
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
