import type { Gateway, ListedFile } from '../client/gateway.ts';
import { find } from './dom.ts';
import { createItem, type ItemActions } from './item.ts';

/** The files of the user, in S3's order. */
export function createGallery(gateway: Gateway, actions: ItemActions) {
  const list = find('gallery', HTMLElement);
  const more = find('more', HTMLButtonElement);
  const trouble = find('trouble', HTMLElement);
  const items = new Map<string, HTMLElement>();
  let pages = 1;
  let chain = Promise.resolve();
  let isQueued = false;

  async function load(): Promise<void> {
    isQueued = false;
    try {
      const files: ListedFile[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < pages && (page === 0 || cursor !== undefined); page++) {
        const listing = await gateway.files.list({ cursor });
        files.push(...listing.files);
        cursor = listing.cursor;
      }
      show(files);
      find('empty', HTMLElement).hidden = files.length > 0;
      more.hidden = cursor === undefined;
      trouble.hidden = true;
    } catch {
      trouble.hidden = false;
    }
  }

  /** Leaves in place what has not changed: a player goes on, and nothing flickers. */
  function show(files: ListedFile[]): void {
    const gone = new Set(items.keys());
    const wanted = files.map((file) => {
      const key = `${file.url}\n${file.name}`;
      gone.delete(key);
      const item = items.get(key) ?? createItem(file, actions);
      items.set(key, item);
      return item;
    });
    for (const key of gone) {
      items.get(key)?.remove();
      items.delete(key);
    }
    wanted.forEach((item, index) => {
      const there = list.children[index];
      if (there !== item) list.insertBefore(item, there ?? null);
    });
  }

  /** Reads the list again, as far as it is shown. */
  function refresh(): Promise<void> {
    if (!isQueued) {
      isQueued = true;
      chain = chain.then(load);
    }
    return chain;
  }

  more.addEventListener('click', () => {
    pages++;
    void refresh();
  });
  trouble.querySelector('button')?.addEventListener('click', () => void refresh());

  return {
    refresh,
    clear(): void {
      items.clear();
      list.replaceChildren();
    },
  };
}
