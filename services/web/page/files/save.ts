import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { announce, create } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import { dateOf } from './arrange.ts';
import { isShown } from './card.ts';
import type { Owner } from './library.ts';
import { MAX_MEMORY_BYTES, openMemory, type SavingPlace } from './saving-memory.ts';
import { openDisk } from './saving-place.ts';
import { ArchiveTooLarge, createZip, MAX_ZIP_BYTES, MAX_ZIP_FILES, pour } from './zip.ts';

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
    if (!isShown(first)) clickLink(first.url, name);
    else if (!(await saveStream(first, name))) return;
    announce(text('saved', { name }));
  } catch (error) {
    announce(text('notSaved', { name, reason: describeFailure(error).words }));
  }
}

/** @returns false if it is too large, of which the person has been told */
async function saveStream(file: ListedFile, name: string): Promise<boolean> {
  const place = await openPlace(file.size);
  if (!place) return false;
  try {
    await pour(await fetchFile(file), place, 0);
    saveBlob(await place.end(), file.type, name);
    return true;
  } catch (error) {
    place.release();
    throw error;
  }
}

/** Where a file is put together: on the disk, or in memory. If it is too large for memory, the person is told. */
async function openPlace(bytes: number): Promise<SavingPlace | undefined> {
  const disk = await openDisk();
  if (disk || bytes <= MAX_MEMORY_BYTES) return disk ?? openMemory();
  announce(text('tooMuchForMemory'));
  return undefined;
}

async function saveMany(owner: Owner, files: readonly ListedFile[]): Promise<void> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_ZIP_BYTES || files.length > MAX_ZIP_FILES) return announce(text('tooMuch'));
  const place = await openPlace(bytes);
  if (!place) return;
  const name = `${commonFolder(files) || 'files'}.zip`;
  try {
    const missing = await fill(place, owner, files, name);
    if (missing) announceMany(files.length, missing, name);
  } catch (error) {
    place.release();
    announce(text('notSaved', { name, reason: describeFailure(error).words }));
  }
}

/** Puts the archive together, and saves it. @returns the names of the files that did not come; undefined if none came */
async function fill(
  place: SavingPlace,
  owner: Owner,
  files: readonly ListedFile[],
  name: string,
): Promise<string[] | undefined> {
  const zip = createZip(place);
  const missing: string[] = [];
  const start = folderOf(files).length;
  for (const [done, file] of files.entries()) {
    announce(text('saving', { done: NUMBER.format(done), count: NUMBER.format(files.length) }));
    try {
      await owner.session();
      const modified = new Date(dateOf(file));
      await zip.add({ name: file.name.slice(start), modified, content: await fetchFile(file) });
    } catch (error) {
      // The disk or the archive is full. The person has to select less.
      if (error instanceof ArchiveTooLarge) throw error;
      if (error instanceof DOMException && error.name === 'QuotaExceededError') throw error;
      missing.push(file.name);
    }
  }
  if (missing.length === files.length) {
    place.release();
    announce(text('notSaved', { name, reason: text('didNotWork') }));
    return undefined;
  }
  await zip.end();
  saveBlob(await place.end(), 'application/zip', name);
  return missing;
}

function announceMany(files: number, missing: readonly string[], name: string): void {
  const count = NUMBER.format(files - missing.length);
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
async function fetchFile({ url }: ListedFile): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const answer = await fetch(url, { credentials: 'include' });
  if (!answer.ok || !answer.body) throw new TypeError(`the files host answers ${answer.status}`);
  return answer.body;
}

function saveBlob(content: Blob, type: string, name: string): void {
  // A part of a file on the disk stays on the disk.
  const url = URL.createObjectURL(content.slice(0, content.size, type));
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
