/** A module of the page or the client, for tests without a browser. The browser's types are not those of the tests. */
export function inNode(path: string) {
  return import(new URL(`../../../services/web/${path}`, import.meta.url).href);
}
