/** A file, and its path below the chosen or dropped folder. */
export interface Found {
  file: File;
  path: string;
}

/** Hands over the files of a drop, and the files in its folders, part by part. */
export async function walk(
  transfer: Pick<DataTransfer, 'items'> | null,
  onFound: (files: Found[]) => void,
): Promise<void> {
  const files: Found[] = [];
  const folders: FileSystemDirectoryEntry[] = [];
  // All entries are read at once: the browser forgets a drop when its event is over.
  for (const item of transfer?.items ?? []) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    if (isDirectory(entry)) {
      folders.push(entry);
      continue;
    }
    const file = item.getAsFile();
    if (file) files.push({ file, path: file.name });
  }
  if (files.length > 0) onFound(files);
  for (const folder of folders) await walkFolder(folder, onFound);
}

async function walkFolder(
  folder: FileSystemDirectoryEntry,
  onFound: (files: Found[]) => void,
): Promise<void> {
  const reader = folder.createReader();
  const folders: FileSystemDirectoryEntry[] = [];
  for (;;) {
    // Browsers give a hundred entries at a time, and none at the end.
    const entries = await new Promise<FileSystemEntry[]>((resolve) =>
      reader.readEntries(resolve, () => resolve([])),
    );
    if (entries.length === 0) break;
    folders.push(...entries.filter(isDirectory));
    const found = await Promise.all(entries.filter(isFile).map(readFile));
    onFound(found.flatMap((each) => each ?? []));
  }
  for (const each of folders) await walkFolder(each, onFound);
}

function readFile(entry: FileSystemFileEntry): Promise<Found | undefined> {
  const path = entry.fullPath.replace(/^\//, '');
  // A file that cannot be read is left out, like a file that is gone.
  return new Promise((resolve) =>
    entry.file(
      (file) => resolve({ file, path }),
      () => resolve(undefined),
    ),
  );
}

function isDirectory(entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory === true;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
