import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { announce, focusAgain } from '../dom.ts';
import { type Operations, operate } from '../operations/later.ts';
import { mayEdit, owner, session } from '../state.ts';
import { text } from '../words/language.ts';
import { libraryOf, namesIn, type Owner } from './library.ts';

async function act(use: (operations: Operations, of: Owner) => unknown): Promise<void> {
  const of = owner.peek();
  if (of) await operate((operations) => use(operations, of));
}

/** The shown owner's files among these, and those in folders. Names of folders end in `/`, here and below. */
export function filesIn(keys: readonly string[]): ListedFile[] {
  const library = owner.value && libraryOf(owner.value);
  return library ? namesIn(library, keys).flatMap((name) => library.get(name) ?? []) : [];
}

/** A folder is shared as a whole, and the files of several folders each by a link of its own. */
export function share(keys: readonly string[]): void {
  const [key = ''] = keys;
  const isFolder = keys.length === 1 && key.endsWith('/');
  const names = filesIn(keys).map(({ name }) => name);
  void act((operations, of) =>
    isFolder ? operations.openShareFolder(of, key) : operations.openShare(of, names),
  );
}

export const showAccess = (name: string) => act((operations, of) => operations.openShare(of, [name]));
export const rename = (name: string) => act((operations, of) => operations.openRename(of, name));
export const showVersions = (name: string) => act((operations, of) => operations.openVersions(of, name));
export const replace = (file: ListedFile) => act((operations, of) => operations.replace(of, file));
export const transfer = (kind: 'move' | 'copy', keys: readonly string[]) =>
  act((operations, of) => operations.openTransfer(kind, of, keys));
export const moveInto = (keys: readonly string[], folder: string) =>
  act((operations, of) =>
    operations.transfer('move', { owner: of, names: keys, target: { owner: of, folder } }),
  );

export async function remove(keys: readonly string[]): Promise<void> {
  if (!mayEdit.peek()) return;
  await act((operations, of) => operations.deleteItems(of, keys));
  // The pressed button may have gone with the file.
  if (document.activeElement === document.body) focusAgain();
}

export async function download(keys: readonly string[]): Promise<void> {
  const of = owner.peek();
  const files = filesIn(keys);
  // Its scripts load at the first download.
  const saving = await import('./save.ts').catch(() => announce(text('partMissing')));
  if (of) await saving?.save(of, files);
}

/** Each file gets one try at a thumbnail, but its card asks each time when it comes onto the screen. */
const drawn = new Set<string>();
let drawing = Promise.resolve();

/** Makes the thumbnail of a file, for the next visit. This page works without it. */
export function addThumbnail(file: ListedFile): void {
  const of = owner.peek();
  if (!of || !mayEdit.peek() || drawn.has(file.url)) return;
  drawn.add(file.url);
  // One after another.
  drawing = drawing.then(async () => {
    if (session.peek()) await of.files.addThumbnail(file).catch(() => {});
  });
}
