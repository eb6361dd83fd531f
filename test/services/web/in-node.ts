import type { Test } from 'tap';

/** A module of the page or the client, for tests without a browser. The browser's types are not those of the tests. */
export function inNode(path: string) {
  return import(new URL(`../../../services/web/${path}`, import.meta.url).href);
}

/** What the client keeps in a browser. */
export function stubStorage(t: Test): Map<string, string> {
  const kept = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  };
  t.intercept(globalThis, 'localStorage', { value: localStorage, configurable: true });
  return kept;
}
