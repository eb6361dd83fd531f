import { type ListedFile, parseListing } from '../client/answers.ts';
import type { RequestApi } from '../client/api.ts';
import { createItem } from './item.ts';

export interface GalleryOptions {
  list: HTMLElement;
  empty: HTMLElement;
  more: HTMLButtonElement;
  trouble: HTMLElement;
  request: RequestApi;
  /** Resolves once the CloudFront cookies are fresh. */
  renew: () => Promise<void>;
}

/** The files of the user, in S3's order. */
export function createGallery({ list, empty, more, trouble, request, renew }: GalleryOptions) {
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
        const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
        const listing = parseListing(await request('GET', `/api/files${query}`));
        files.push(...listing.files);
        cursor = listing.cursor;
      }
      show(files);
      empty.hidden = files.length > 0;
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
      const item = items.get(key) ?? createItem(file, renew);
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
  function refresh(): void {
    if (isQueued) return;
    isQueued = true;
    chain = chain.then(load);
  }

  more.addEventListener('click', () => {
    pages++;
    refresh();
  });
  trouble.querySelector('button')?.addEventListener('click', refresh);

  return {
    refresh,
    clear(): void {
      items.clear();
      list.replaceChildren();
    },
  };
}
