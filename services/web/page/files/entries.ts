export const SORTS = ['newest', 'oldest', 'name', 'nameDown', 'largest', 'smallest'] as const;
export type Sort = (typeof SORTS)[number];

/** A value of the page's list of orders. */
export function sortOf(value: string | null): Sort {
  return SORTS.find((sort) => sort === value) ?? 'newest';
}

/** The properties that an order compares. */
export interface Sortable {
  name: string;
  size: number;
  /** ISO 8601, as are the others. */
  lastModified: string;
  takenAt?: string;
  changedAt?: string;
}

/** When a picture was taken, its file was changed, or else was stored. */
export function dateOf({ takenAt, changedAt, lastModified }: Omit<Sortable, 'name' | 'size'>): string {
  return takenAt ?? changedAt ?? lastModified;
}

/** One place of the gallery: a file or a folder. */
export type Arranged<File extends Sortable> = ArrangedFile<File> | FolderEntry;

export interface ArrangedFile<File extends Sortable> {
  kind: 'file';
  file: File;
  /** The name, as seen from the shown folder. */
  label: string;
}

export interface FolderEntry {
  kind: 'folder';
  label: string;
  /** The beginning of the names of its files. It ends in `/`. */
  path: string;
  count: number;
  bytes: number;
  /** That of its newest file. */
  date: string;
}

export interface Wanted {
  /** Empty, or ends in `/`. */
  folder: string;
  /** A part of a name. The search covers everything below the folder. */
  query: string;
  sort: Sort;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** The folders and files that a person wants to see, folders first. A search gives all files below the folder, and no folders. */
export function arrange<File extends Sortable>(
  files: Iterable<File>,
  { folder, query, sort }: Wanted,
): Arranged<File>[] {
  const wanted = searchable(query);
  const folders = new Map<string, FolderEntry>();
  const found: ArrangedFile<File>[] = [];
  for (const file of files) {
    const { name } = file;
    if (!name.startsWith(folder)) continue;
    const label = name.slice(folder.length);
    const end = label.indexOf('/');
    if (wanted !== '') {
      if (!name.endsWith('/') && searchable(label).includes(wanted))
        found.push({ kind: 'file', file, label });
    } else if (end >= 0) addTo(folders, folder, label.slice(0, end), file);
    // A name that ends in `/` marks an empty folder: some tools make such objects.
    else if (label !== '') found.push({ kind: 'file', file, label });
  }
  return [...sorted([...folders.values()], sort, facts), ...sorted(found, sort, factsOfFile)];
}

function addTo(folders: Map<string, FolderEntry>, folder: string, label: string, file: Sortable): void {
  const path = `${folder}${label}/`;
  let entry = folders.get(path);
  if (!entry) {
    entry = { kind: 'folder', label, path, count: 0, bytes: 0, date: '' };
    folders.set(path, entry);
  }
  if (!file.name.endsWith('/')) entry.count++;
  entry.bytes += file.size;
  const date = dateOf(file);
  if (entry.date === '' || timeOf(date) > timeOf(entry.date)) entry.date = date;
}

/** Wide and narrow characters count as the same, and so do upper and lower case. */
export function searchable(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim();
}

interface Facts {
  bytes: number;
  date: string;
}

const facts = (folder: FolderEntry): Facts => folder;
const factsOfFile = ({ file }: ArrangedFile<Sortable>): Facts => ({ bytes: file.size, date: dateOf(file) });

/** A date may have a time zone of its own. What was never stored is older than everything else. */
function timeOf(date: string): number {
  return Date.parse(date) || 0;
}

/** Entries of equal size or time are in the order of their names. */
function sorted<Entry extends { label: string }>(
  entries: Entry[],
  sort: Sort,
  of: (entry: Entry) => Facts,
): Entry[] {
  const byName = (a: Entry, b: Entry) => collator.compare(a.label, b.label);
  const byBytes = (a: Entry, b: Entry) => of(a).bytes - of(b).bytes;
  const times = new Map(entries.map((entry) => [entry, timeOf(of(entry).date)]));
  const byTime = (a: Entry, b: Entry) => (times.get(a) ?? 0) - (times.get(b) ?? 0);
  const orders: { [each in Sort]: (a: Entry, b: Entry) => number } = {
    newest: (a, b) => byTime(b, a) || byName(a, b),
    oldest: (a, b) => byTime(a, b) || byName(a, b),
    name: byName,
    nameDown: (a, b) => byName(b, a),
    largest: (a, b) => byBytes(b, a) || byName(a, b),
    smallest: (a, b) => byBytes(a, b) || byName(a, b),
  };
  return entries.sort(orders[sort]);
}
