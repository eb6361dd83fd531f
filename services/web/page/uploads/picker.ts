import { find } from '../dom.ts';
import { formatMinute, text } from '../words/language.ts';
import { splitName } from '../words/words.ts';
import { type Found, walk } from './walk.ts';

/**
 * Files that a person chooses, pastes, or drops anywhere on the page, with their folders.
 * @param onFiles gets each file with its path below the shown folder
 */
export function watchFiles(isOpen: () => boolean, onFiles: (files: Found[]) => void): void {
  const zone = find('drop-zone', HTMLElement);

  for (const id of ['file-input', 'folder-input']) {
    const input = find(id, HTMLInputElement);
    input.addEventListener('change', () => {
      onFiles([...(input.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
      // Without this, the same file chosen again would not be a change.
      input.value = '';
    });
  }

  // Without this, the browser opens a dropped file in place of the page.
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
    if (!isOpen()) return;
    // A large folder comes in parts. Somebody may have signed out meanwhile.
    void walk(event.dataTransfer, (files) => {
      if (isOpen()) onFiles(files);
    });
  });
  addEventListener('paste', ({ clipboardData }) => {
    const files = [...(clipboardData?.files ?? [])];
    if (isOpen() && files.length > 0) onFiles(files.map(nameOfPasted));
  });
}

/** Browsers call every picture of the clipboard `image.png`. */
function nameOfPasted(file: File): Found {
  if (!/^image\.\w+$/.test(file.name)) return { file, path: file.name };
  const date = formatMinute(new Date()).replace(/[/\\:]/g, '.');
  return { file, path: text('pasted', { date }) + splitName(file.name).end };
}

/** Lets the person choose the file that replaces a file of this type. */
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
