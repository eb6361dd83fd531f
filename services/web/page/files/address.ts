/** The views of the page besides the files of a folder. */
export const VIEWS = ['photos', 'shared'] as const;
export type View = (typeof VIEWS)[number];

/** The place of the page: a folder of somebody's files, or a view of all of them, and perhaps an open file. */
export interface Place {
  /** Missing for the files of a folder. */
  view?: View | undefined;
  /** The id of the team whose files they are. Missing for the user's own files. */
  team?: string | undefined;
  /** Empty, or ends in `/`. */
  folder: string;
  /** The whole name. */
  file?: string | undefined;
  /** What the person searches for. Missing, or not empty. */
  query?: string | undefined;
}

/**
 * The fragment of an address: `#/<name>` for the user's own files, `#team/<id>/<name>` for those of a team, `#photos/…`
 * and `#team-photos/<id>/…` for pictures, and a search after `?q=`. Browsers do not send it, so no server logs the names
 * of files.
 */
export function hashOf({ view, team, folder, file, query }: Place): string {
  const path = (file ?? folder).split('/').map(encodeURIComponent).join('/');
  const search = query ? `?q=${encodeURIComponent(query)}` : '';
  const kind = view ?? 'files';
  if (team !== undefined && kind !== 'shared') return `#${TEAM_KINDS[kind]}/${team}/${path}${search}`;
  if (view) return `#${view}/${path}${search}`;
  return path + search === '' ? '#' : `#/${path}${search}`;
}

/** What an address of a team begins with. */
const TEAM_KINDS = { files: 'team', photos: 'team-photos' } as const;

/** The beginning of the fragment of an invitation. */
export const INVITATION = '#join=';

const PLACE = /^#(?:(photos|shared)(?:$|\/)|team(-photos)?\/([a-z2-7]{26})\/|\/)(.*?)(?:\?q=(.*))?$/s;

/** The place that a fragment names. The start of the user's own files if it names none. */
export function placeOf(hash: string): Place {
  const [, named, isPhotos, team, path = '', search] = PLACE.exec(hash) ?? [];
  const view = isPhotos ? 'photos' : VIEWS.find((each) => each === named);
  const of = { ...(view && { view }), ...(team !== undefined && { team }) };
  try {
    const name = path.split('/').map(decodeURIComponent).join('/');
    const folder = view ? '' : name.slice(0, name.lastIndexOf('/') + 1);
    const query = search ? { query: decodeURIComponent(search) } : {};
    return { ...of, folder, ...(name !== folder && { file: name }), ...query };
  } catch {
    return { ...of, folder: '' };
  }
}
