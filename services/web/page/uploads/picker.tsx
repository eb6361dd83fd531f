import { find } from '../dom.ts';
import { formatMinute, text } from '../words/language.ts';
import { splitName } from '../words/words.ts';

/** Takes files into the folder that was shown when the person gave the first of them. */
export interface Receiver {
  /** The name of the folder. */
  into: string;
  /** Takes files, each with its path below the folder. */
  take(files: Found[]): void;
}

/** The button of a menu, or of an empty folder, that lets the person choose files. */
export function chooseFiles(kind: 'file-input' | 'folder-input'): void {
  find(kind, HTMLInputElement).click();
}

/** What the browser's own dialogs for files and for folders belong to. @param props.types those that may be chosen */
export function FileInputs({
  receiver,
  types,
}: {
  receiver: () => Receiver | undefined;
  types?: string | undefined;
}) {
  const take = ({ currentTarget: input }: { currentTarget: HTMLInputElement }) => {
    const files = [...(input.files ?? [])];
    receiver()?.take(files.map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    // Without this, the same file chosen again would not be a change.
    input.value = '';
  };
  return (
    <>
      <input
        id="file-input"
        type="file"
        multiple
        accept={types}
        aria-label={text('chooseFiles')}
        onChange={take}
        hidden
      />
      <input
        id="folder-input"
        type="file"
        {...{ webkitdirectory: true }}
        aria-label={text('chooseFolder')}
        onChange={take}
        hidden
      />
    </>
  );
}

/**
 * Files that a person pastes, or drops anywhere on the page, with their folders.
 * @param receiver gives what takes the files into the shown folder. Undefined if the person may not add files there
 */
export function watchFiles(receiver: () => Receiver | undefined): void {
  const zone = find('drop-zone', HTMLElement);

  // Without this, the browser opens a dropped file in place of the page.
  addEventListener('dragover', (event) => {
    event.preventDefault();
    const into = event.dataTransfer?.types.includes('Files') ? receiver()?.into : undefined;
    zone.classList.toggle('over', into !== undefined);
    zone.textContent = into === undefined ? '' : text('dropInto', { folder: into });
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) zone.classList.remove('over');
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    // A large folder comes in parts. The person may show other files meanwhile.
    const receive = receiver();
    if (receive) void walk(event.dataTransfer, receive.take);
  });
  addEventListener('paste', ({ clipboardData }) => {
    const files = [...(clipboardData?.files ?? [])];
    if (files.length > 0) receiver()?.take(files.map(nameOfPasted));
  });
}

/** Browsers call every picture of the clipboard `image.png`. */
function nameOfPasted(file: File): Found {
  if (!/^image\.\w+$/.test(file.name)) return { file, path: file.name };
  const date = formatMinute(new Date()).replace(/[/\\:]/g, '.');
  return { file, path: text('pasted', { date }) + splitName(file.name).end };
}

/** A file, and its path below the chosen or dropped folder. */
export interface Found {
  file: File;
  path: string;
}

/** Hands over the files of a drop, and the files in its folders, part by part. */
async function walk(
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
