/** The place of the page: a folder of somebody's files, and perhaps an open file. */
export interface Place {
  /** The id of the team whose files they are. Missing for the user's own files. */
  team?: string | undefined;
  /** Empty, or ends in `/`. */
  folder: string;
  /** The whole name. */
  file?: string | undefined;
}

/**
 * The fragment of an address: `#/<name>` for the user's own files, `#team/<id>/<name>` for those of a team. Browsers do
 * not send it, so no server logs the names of files.
 */
export function hashOf({ team, folder, file }: Place): string {
  const path = (file ?? folder).split('/').map(encodeURIComponent).join('/');
  if (team !== undefined) return `#team/${team}/${path}`;
  return path === '' ? '#' : `#/${path}`;
}

/** The place that a fragment names. The start of the user's own files if it names none. */
export function placeOf(hash: string): Place {
  const [, team, path] = /^#(?:team\/([a-z2-7]{26}))?\/(.*)$/s.exec(hash) ?? [];
  const of = team === undefined ? {} : { team };
  try {
    const name = (path ?? '').split('/').map(decodeURIComponent).join('/');
    const folder = name.slice(0, name.lastIndexOf('/') + 1);
    return name === folder ? { ...of, folder } : { ...of, folder, file: name };
  } catch {
    return { ...of, folder: '' };
  }
}
