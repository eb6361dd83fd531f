export const SORTS = ['newest', 'oldest', 'name', 'largest'] as const;
export type Sort = (typeof SORTS)[number];

/** A value of the page's own list of choices. */
export function sortOf(value: string): Sort {
  return SORTS.find((sort) => sort === value) ?? 'newest';
}

/** What an order looks at. */
export interface Sortable {
  name: string;
  size: number;
  /** ISO 8601, as the host writes it. */
  lastModified: string;
}

/** What stands in one place of the gallery. */
export type Arranged<File extends Sortable> = ArrangedFile<File> | FolderEntry;

export interface ArrangedFile<File extends Sortable> {
  kind: 'file';
  file: File;
  /** Its name, as seen from the folder that is shown. */
  label: string;
}

export interface FolderEntry {
  kind: 'folder';
  label: string;
  /** What the names of its files begin with; ends in `/`. */
  path: string;
  count: number;
  bytes: number;
  /** Of its newest file. */
  lastModified: string;
}

export interface View {
  /** Empty, or ends in `/`. */
  folder: string;
  /** Part of a name; below the folder everything is searched. */
  query: string;
  sort: Sort;
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** The folders and files that a view shows, folders first. Of a search: all files below the folder, and no folders. */
export function arrange<File extends Sortable>(
  files: Iterable<File>,
  { folder, query, sort }: View,
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
  return [...[...folders.values()].sort(compareFolders(sort)), ...found.sort(compareFiles(sort))];
}

function addTo(folders: Map<string, FolderEntry>, folder: string, label: string, file: Sortable): void {
  const path = `${folder}${label}/`;
  let entry = folders.get(path);
  if (!entry) {
    entry = { kind: 'folder', label, path, count: 0, bytes: 0, lastModified: '' };
    folders.set(path, entry);
  }
  if (!file.name.endsWith('/')) entry.count++;
  entry.bytes += file.size;
  if (file.lastModified > entry.lastModified) entry.lastModified = file.lastModified;
}

/** Wide and narrow, upper and lower case count as the same. */
function searchable(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim();
}

type Shown = ArrangedFile<Sortable>;

function compareFiles(sort: Sort): (a: Shown, b: Shown) => number {
  const byName = (a: Shown, b: Shown) => collator.compare(a.label, b.label);
  if (sort === 'name') return byName;
  if (sort === 'largest') return (a, b) => b.file.size - a.file.size || byName(a, b);
  const direction = sort === 'newest' ? -1 : 1;
  return (a, b) => direction * compareTimes(a.file.lastModified, b.file.lastModified) || byName(a, b);
}

function compareFolders(sort: Sort): (a: FolderEntry, b: FolderEntry) => number {
  const byName = (a: FolderEntry, b: FolderEntry) => collator.compare(a.label, b.label);
  if (sort === 'name') return byName;
  if (sort === 'largest') return (a, b) => b.bytes - a.bytes || byName(a, b);
  const direction = sort === 'newest' ? -1 : 1;
  return (a, b) => direction * compareTimes(a.lastModified, b.lastModified) || byName(a, b);
}

/** Of times as the host writes them, which are in order as text. */
function compareTimes(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
