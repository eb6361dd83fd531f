/** The place of the page in the files: a folder, and perhaps an open file. */
export interface Place {
  /** Empty, or ends in `/`. */
  folder: string;
  /** The whole name. */
  file?: string | undefined;
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
