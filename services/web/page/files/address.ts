/** Where in the files the page is: a folder, and perhaps a file of it that is open. */
export interface Place {
  /** Empty, or ends in `/`. */
  folder: string;
  /** The whole name. */
  file?: string;
}

/** The fragment of an address: browsers keep it to themselves, so that no server logs the names of files. */
export function hashOf({ folder, file }: Place): string {
  const path = (file ?? folder).split('/').map(encodeURIComponent).join('/');
  return path === '' ? '#' : `#/${path}`;
}

/** The place that a fragment names; the start where it names none. */
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
