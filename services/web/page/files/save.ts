import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { announce, create } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import { isShown } from './card.ts';
import type { Owner } from './library.ts';
import { MAX_ZIP_BYTES, MAX_ZIP_FILES, type ZipMember, zip } from './zip.ts';

/** A result names at most so many files that did not come. */
const MAX_NAMED = 5;

/** Downloads one file under its own name, or several files as one archive. */
export async function save(owner: Owner, files: readonly ListedFile[]): Promise<void> {
  const [first] = files;
  if (!first) return;
  if (files.length > 1) return saveMany(owner, files);
  const name = baseName(first.name);
  try {
    // After this the cookies are good.
    await owner.session();
    // The edge makes the browser save the types that browsers do not show. For the other types, only a script can do
    // that.
    if (isShown(first)) saveBlob(await fetchFile(first), name);
    else clickLink(first.url, name);
    announce(text('saved', { name }));
  } catch (error) {
    announce(text('notSaved', { name, reason: describeFailure(error).words }));
  }
}

async function saveMany(owner: Owner, files: readonly ListedFile[]): Promise<void> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_ZIP_BYTES || files.length > MAX_ZIP_FILES) return announce(text('tooMuch'));
  const members: ZipMember[] = [];
  const missing: string[] = [];
  const name = `${commonFolder(files) || 'files'}.zip`;
  const start = folderOf(files).length;
  for (const file of files) {
    announce(text('saving', { done: NUMBER.format(members.length), count: NUMBER.format(files.length) }));
    try {
      await owner.session();
      const content = await fetchFile(file);
      members.push({ name: file.name.slice(start), content, modified: new Date(file.lastModified) });
    } catch {
      missing.push(file.name);
    }
  }
  if (members.length === 0) return announce(text('notSaved', { name, reason: text('didNotWork') }));
  saveBlob(await zip(members), name);
  const count = NUMBER.format(members.length);
  announce(
    missing.length === 0
      ? text('savedMany', { count, name })
      : text('savedSome', { count, name, left: NUMBER.format(missing.length), missing: someOf(missing) }),
  );
}

/** The first names of a list. */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMED).join(', ');
  return names.length > MAX_NAMED ? `${shown}, …` : shown;
}

/** @throws TypeError if the file does not come, also after a refusal */
async function fetchFile({ url }: ListedFile): Promise<Blob> {
  const answer = await fetch(url, { credentials: 'include' });
  if (!answer.ok) throw new TypeError(`the files host answers ${answer.status}`);
  return answer.blob();
}

function saveBlob(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  clickLink(url, name);
  // Browsers have begun the download by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function clickLink(href: string, download: string): void {
  create('a', { href, download, rel: 'noopener' }).click();
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The common beginning of the names of all files, up to a slash. */
function folderOf(files: readonly ListedFile[]): string {
  const [first, ...others] = files.map(({ name }) => name.slice(0, name.lastIndexOf('/') + 1));
  let folder = first ?? '';
  while (!others.every((name) => name.startsWith(folder))) {
    folder = folder.replace(/[^/]*\/$/, '');
  }
  return folder;
}

function commonFolder(files: readonly ListedFile[]): string {
  return baseName(folderOf(files).slice(0, -1));
}
