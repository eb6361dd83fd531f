import { find } from './dom.ts';

/** Files that a person chooses, or drops anywhere on the page. Folders are left out: they cannot be read as files. */
export function watchFiles(isOpen: () => boolean, onFiles: (files: File[]) => void): void {
  const zone = find('drop-zone', HTMLLabelElement);
  const input = find('file-input', HTMLInputElement);

  input.addEventListener('change', () => {
    onFiles([...(input.files ?? [])]);
    // So that the same file, chosen again, is a change again.
    input.value = '';
  });

  // Without this the browser opens a dropped file in place of the page.
  addEventListener('dragover', (event) => {
    event.preventDefault();
    zone.classList.toggle('over', isOpen());
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) zone.classList.remove('over');
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    zone.classList.remove('over');
    if (isOpen()) onFiles(droppedFiles(event.dataTransfer));
  });
}

/** Lets the person choose what is to take the place of a file of this type. */
export function pickReplacement(type: string, onFile: (file: File) => void): void {
  const input = find('replacement-input', HTMLInputElement);
  input.accept = type;
  input.value = '';
  input.onchange = () => {
    const file = input.files?.[0];
    if (file) onFile(file);
  };
  input.click();
}

function droppedFiles(transfer: DataTransfer | null): File[] {
  const files: File[] = [];
  for (const item of transfer?.items ?? []) {
    const file = item.kind === 'file' && !item.webkitGetAsEntry()?.isDirectory ? item.getAsFile() : null;
    if (file) files.push(file);
  }
  return files;
}
