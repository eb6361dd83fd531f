import type { ListedFile } from '@cloudfront-cookie-gateway/client';
import { freeName } from '@cloudfront-cookie-gateway/client/free-name';
import { makeZip } from 'client-zip';
import { announce, create } from '../dom.ts';
import { NUMBER, text } from '../words/language.ts';
import { describeFailure } from '../words/words.ts';
import { dateOf } from './entries.ts';
import { isShown } from './kinds.ts';
import type { Owner } from './library.ts';
import { openDisk, type SavingPlace } from './saving-place.ts';

/** Without a place on the disk, so many bytes may be in memory. */
const MAX_MEMORY_BYTES = 500_000_000;
/** The most that an archive counts. */
const MAX_ZIP_FILES = 65_535;
/** A file up to this size is read before it is added to an archive, so that one that breaks off is left out. */
const MAX_WHOLE_BYTES = 16_000_000;
const PART_BYTES = 1_048_576;
/** The dates that an archive can hold. */
const FIRST_MS = Number(new Date(1980, 0, 1));
const LAST_MS = Number(new Date(2107, 11, 31));

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
  const content = await fetchFile(file);
  const place = await openPlace(file.size);
  if (place) saveBlob(await place(content), file.type, name);
  else await content.cancel();
  return place !== undefined;
}

/** Where a file is put together: on the disk, or in memory. If it is too large for memory, the person is told. */
async function openPlace(bytes: number): Promise<SavingPlace | undefined> {
  const disk = await openDisk();
  if (disk || bytes <= MAX_MEMORY_BYTES) return disk ?? ((content) => new Response(content).blob());
  announce(text('tooMuchForMemory'));
  return undefined;
}

async function saveMany(owner: Owner, files: readonly ListedFile[]): Promise<void> {
  if (files.length > MAX_ZIP_FILES) return announce(text('tooMuch'));
  const place = await openPlace(files.reduce((sum, { size }) => sum + size, 0));
  if (!place) return;
  const name = `${commonFolder(files) || 'files'}.zip`;
  const missing: string[] = [];
  try {
    // A browser frees buffers late, so those of large files are used again once they are on the disk.
    const spare: ArrayBuffer[] = [];
    const archive = await place(makeZip(membersOf(owner, files, missing, spare)), ({ buffer }) => {
      if (buffer instanceof ArrayBuffer && buffer.byteLength === PART_BYTES) spare.push(buffer);
    });
    if (missing.length === files.length) throw new TypeError('no file has come');
    saveBlob(archive, 'application/zip', name);
    announceMany(files.length, missing, name);
  } catch (error) {
    announce(text('notSaved', { name, reason: describeFailure(error).words }));
  }
}

/** The files of an archive, one after another. @param missing gets the names of those that do not come */
async function* membersOf(
  owner: Owner,
  files: readonly ListedFile[],
  missing: string[],
  spare: ArrayBuffer[],
) {
  const names = new Set<string>();
  const start = folderOf(files).length;
  for (const [done, file] of files.entries()) {
    announce(text('saving', { done: NUMBER.format(done), count: NUMBER.format(files.length) }));
    const input = await contentOf(owner, file, spare).catch(() => undefined);
    if (!input) {
      missing.push(file.name);
      continue;
    }
    // Windows reads `C:`, `:` and `\` as a drive, a stream and a folder.
    const name = freeName(file.name.slice(start).replace(/[\\:]/g, '_'), names);
    names.add(name);
    yield { name, input, lastModified: Math.min(Math.max(Date.parse(dateOf(file)), FIRST_MS), LAST_MS) };
  }
}

/** @throws ApiError, TypeError if the file does not come */
async function contentOf(
  owner: Owner,
  file: ListedFile,
  spare: ArrayBuffer[],
): Promise<Blob | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>> {
  await owner.session();
  const content = await fetchFile(file);
  if (file.size <= MAX_WHOLE_BYTES) return new Response(content).blob();
  const reader = bufferReaderOf(content);
  return reader ? partsOf(reader, spare) : content;
}

/** @returns undefined in a browser whose bodies are no byte streams */
function bufferReaderOf(content: ReadableStream): ReadableStreamBYOBReader | undefined {
  try {
    return content.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

/** The bytes of a file, in spare buffers where there are any. */
async function* partsOf(reader: ReadableStreamBYOBReader, spare: ArrayBuffer[]) {
  try {
    for (;;) {
      const room = new Uint8Array(spare.pop() ?? new ArrayBuffer(PART_BYTES));
      const { done, value } = await reader.read(room, { min: PART_BYTES });
      if (value?.length) yield value;
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
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
