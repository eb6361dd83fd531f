import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { create, find } from '../dom.ts';
import { badgeOf } from './card.ts';

/** The width of a picture of the strip with its gap, in pixels, as lightbox.css has it. */
const STEP_PX = 68;

/**
 * The film strip below the open file: as many of the files as there is room for, the open one in the middle.
 * @param onPick called with the name of a file
 */
export function createStrip(onPick: (name: string) => void) {
  const list = find('lightbox-strip', HTMLElement);
  const items = new Map<string, HTMLLIElement>();

  function itemOf(file: ListedFile): HTMLLIElement {
    const there = items.get(file.url);
    if (there) return there;
    const { name, thumbnailUrl } = file;
    const picture = thumbnailUrl
      ? create('img', { src: thumbnailUrl, alt: '', loading: 'lazy' })
      : create('span', { 'aria-hidden': 'true' }, badgeOf(name));
    const button = create('button', { type: 'button', 'aria-label': name, title: name }, picture);
    button.addEventListener('click', () => onPick(name));
    const item = create('li', {}, button);
    items.set(file.url, item);
    return item;
  }

  return {
    /** @param at the index of the open file; -1 if it is not one of them */
    show(files: readonly ListedFile[], at: number): void {
      const side = Math.ceil(innerWidth / STEP_PX / 2);
      const shown = at < 0 ? [] : files.slice(Math.max(at - side, 0), at + side + 1);
      const wanted = new Set(shown.map(({ url }) => url));
      for (const url of items.keys()) if (!wanted.has(url)) items.delete(url);
      const hadFocus = list.contains(document.activeElement);
      list.hidden = files.length < 2 || at < 0;
      list.replaceChildren(...shown.map(itemOf));
      for (const [url, item] of items) {
        const button = item.querySelector('button');
        const isOpen = url === files[at]?.url;
        button?.setAttribute('aria-current', String(isOpen));
        // One stop for the Tab key. The arrow keys lead to the other files.
        if (button) button.tabIndex = isOpen ? 0 : -1;
        if (isOpen) item.scrollIntoView({ inline: 'center', block: 'nearest' });
        if (isOpen && hadFocus) button?.focus();
      }
    },
    clear(): void {
      items.clear();
      list.replaceChildren();
    },
  };
}
