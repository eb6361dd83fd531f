import { equal, match } from 'node:assert/strict';
import { asCookies, asQuery, type Feature, type Given, type Viewer, type Wish } from './question.ts';

export const SIGNED: readonly Feature[] = ['behaviors', 'signatures'];
export const FILE = '/private/a.txt';

export function opened({ status, body }: Given, content = 'private a'): void {
  equal(`${status} ${body}`, `200 ${content}`);
}

export function refused({ status, body }: Given, code = 'AccessDenied'): void {
  equal(status, 403);
  match(body, new RegExp(`<Code>${code}</Code>`));
}

export const byCookies = (viewer: Viewer, wish: Wish, path = FILE) =>
  viewer.ask(path, asCookies(viewer.sign(wish)));
export const byUrl = (viewer: Viewer, wish: Wish, path = FILE) =>
  viewer.ask(`${path}${path.includes('?') ? '&' : '?'}${asQuery(viewer.sign(wish))}`);

export const opens = async (viewer: Viewer, path: string, asked = path) =>
  (await byCookies(viewer, { path }, asked)).status === 200;
