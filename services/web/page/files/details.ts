import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { create, find } from '../dom.ts';
import { formatMinute, NUMBER, text } from '../words/language.ts';
import { formatSize } from '../words/words.ts';
import { badgeOf } from './card.ts';
import type { Owner } from './library.ts';

/** The panel with what is known of the open file. It stays open from file to file. */
export function createDetails(owner: () => Owner) {
  const panel = find('lightbox-details', HTMLElement);
  const button = find('lightbox-info', HTMLButtonElement);
  let shown: ListedFile | undefined;
  let pixels: { width: number; height: number } | undefined;

  async function draw(): Promise<void> {
    const file = shown;
    if (!file || panel.hidden) return;
    const { name, size, lastModified, changedAt, takenAt: taken, uploadedBy: by, width, height } = file;
    const known = width && height ? { width, height } : pixels;
    const rows: [title: string, value: string][] = [
      [text('name'), name],
      [text('size'), formatSize(size)],
      [text('type'), badgeOf(name)],
    ];
    if (taken) rows.push([text('taken'), formatMinute(taken)]);
    rows.push([text('changed'), formatMinute(changedAt ?? lastModified)]);
    if (known) rows.push([text('dimensions'), dimensions(known)]);
    if (by) {
      const session = await owner()
        .session()
        .catch(() => null);
      if (file !== shown) return;
      rows.push([text('uploadedBy'), text(session?.user.id === by ? 'you' : 'member')]);
    }
    panel.replaceChildren(
      ...rows.map(([title, value]) => create('div', {}, create('dt', {}, title), create('dd', {}, value))),
    );
  }

  function toggle(): void {
    panel.hidden = !panel.hidden;
    button.setAttribute('aria-expanded', String(!panel.hidden));
    void draw();
  }

  button.addEventListener('click', toggle);
  button.title = text('details');
  return {
    toggle,
    show(file: ListedFile): void {
      if (file.url !== shown?.url) pixels = undefined;
      shown = file;
      void draw();
    },
    /** The picture has loaded, and has this size. */
    setPixels(width: number, height: number): void {
      pixels = { width, height };
      void draw();
    },
    clear(): void {
      shown = undefined;
      panel.replaceChildren();
    },
  };
}

function dimensions({ width, height }: { width: number; height: number }): string {
  return text('pixels', { width: NUMBER.format(width), height: NUMBER.format(height) });
}
