import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import {
  folderKey,
  markedFolder,
  nameOfKey,
  objectKey,
  parseStoredName,
  type StoredName,
  THUMBNAILS,
  THUMBNAILS_END,
} from '@cloudfront-cookie-gateway/core/file-name';
import type { Owner } from '@cloudfront-cookie-gateway/core/owner';
import type { ObjectStore } from './bucket.ts';
import { MAX_KEYS, type StoredFile } from './file.ts';

/** After so many lists in a row that failed, no other is tried. */
const MAX_FAILURES = 2;

export interface ListedFile extends StoredFile {
  /** The name relative to the owner's folder. */
  name: string;
  thumbnail?: StoredFile;
}

/**
 * A page of an owner's files, in S3's order (UTF-8 bytes). A file has its thumbnail if the thumbnail is not older.
 *
 * Thumbnails are in the same folder and sort like their files. One list answers for a small folder. In a larger one, the
 * files behind the thumbnails need a second list, and the thumbnails of the page one for each 1,000.
 * @param query.prefix what the names begin with
 * @param query.after a name: the page begins behind it
 * @param query.limit at most MAX_KEYS
 * @returns `folders` are the names of those that are marked as empty folders; `last` is the last name, if more follow
 * @throws GatewayError files_unavailable
 */
export async function listFiles(
  objects: Pick<ObjectStore, 'list'>,
  owner: Owner,
  query: { prefix: string; after: string; limit: number },
): Promise<{ files: ListedFile[]; folders: string[]; last?: string }> {
  const { prefix, after, limit } = query;
  if (prefix.startsWith(THUMBNAILS)) return { files: [], folders: [] };
  const folder = folderKey(owner);
  const thumbnails = folder + THUMBNAILS;
  const isThumbnail = ({ key }: StoredFile) => key.startsWith(thumbnails);
  const found: StoredFile[] = [];
  const listed: StoredFile[] = [];
  // Twice the limit: a whole page of files may come with as many thumbnails.
  const pageSize = Math.min(2 * limit, MAX_KEYS);
  let from: string | undefined = folder + after;
  let isSkipped = !(THUMBNAILS.startsWith(prefix) && after < THUMBNAILS);
  while (from !== undefined && listed.length <= limit) {
    const page = await objects.list({ prefix: folder + prefix, after: from, limit: pageSize });
    found.push(...page.files.filter(isThumbnail));
    listed.push(...page.files.filter((file) => !isThumbnail(file)));
    const isAmong = page.lastKey?.startsWith(thumbnails) === true;
    isSkipped ||= isAmong;
    from = isAmong ? folder + THUMBNAILS_END : page.lastKey;
  }
  const files = listed.slice(0, limit);
  const last = files.at(-1)?.key.slice(folder.length);
  // If the list of files has not passed all thumbnails, they are listed by themselves.
  const isPast = !isSkipped && (from === undefined || !isBefore(from, folder + THUMBNAILS_END));
  let seen = isPast ? undefined : thumbnails + after;
  while (seen !== undefined && last !== undefined && isBefore(seen, thumbnails + last)) {
    const more = await objects.list({ prefix: thumbnails + prefix, after: seen, limit: MAX_KEYS });
    found.push(...more.files);
    seen = more.lastKey;
  }
  const byName = new Map(found.map((each) => [each.key.slice(thumbnails.length), each]));
  return {
    files: files.flatMap((file) => {
      const name = nameOfKey(file.key, owner);
      if (name === undefined) return [];
      const thumbnail = byName.get(name);
      const isFresh = thumbnail && thumbnail.lastModified >= file.lastModified;
      return [{ ...file, name, ...(isFresh ? { thumbnail } : {}) }];
    }),
    folders: files.flatMap(({ key }) => markedFolder(key, owner) ?? []),
    ...(listed.length > limit && last !== undefined ? { last } : {}),
  };
}

/**
 * Looks up files by their names. One list of up to MAX_KEYS keys answers all names in it, so names that lie close
 * together cost one call.
 * @param onFailure called if a list fails; the names that it was for are in no answer
 * @returns by name: the file, or undefined if there is none
 * @throws GatewayError files_unavailable if every list fails
 */
export async function findFiles(
  objects: Pick<ObjectStore, 'list'>,
  owner: Owner,
  names: readonly string[],
  onFailure: (error: unknown) => void,
): Promise<Map<string, StoredFile | undefined>> {
  const prefix = folderKey(owner);
  const left = [...new Set(names)].map((name) => prefix + name).toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
  const found = new Map<string, StoredFile | undefined>();
  let failures = 0;
  for (let first = left.shift(); first !== undefined; first = left.shift()) {
    try {
      const isLast = left.length === 0;
      const { files, lastKey } = await objects.list(
        isLast ? { prefix: first, limit: 1 } : { prefix, after: justBefore(first), limit: MAX_KEYS },
      );
      const byKey = new Map(files.map((file) => [file.key, file]));
      found.set(first.slice(prefix.length), byKey.get(first));
      while (left[0] !== undefined && (lastKey === undefined || !isBefore(lastKey, left[0]))) {
        const key = left.shift() ?? '';
        found.set(key.slice(prefix.length), byKey.get(key));
      }
      failures = 0;
    } catch (error) {
      onFailure(error);
      failures++;
      // S3 does not answer at all. The rest would only wait for it.
      if (failures === MAX_FAILURES) break;
    }
  }
  if (found.size === 0 && names.length > 0) throw new GatewayError('files_unavailable');
  return found;
}

/** A key that comes before another one, in UTF-8 bytes. A key in between would hold the last character of Unicode. */
function justBefore(key: string): string {
  const characters = [...key];
  const code = Number(characters.pop()?.codePointAt(0));
  // The surrogates are no characters.
  const before = code === 0xe000 ? 0xd7ff : code - 1;
  return `${characters.join('')}${String.fromCodePoint(before)}\u{10ffff}`;
}

function isBefore(key: string, other: string): boolean {
  return Buffer.compare(Buffer.from(key), Buffer.from(other)) < 0;
}

/**
 * The name under which a file is stored. That is the given name if a file has it, as in the list; otherwise its NFC
 * form, as uploads store it. The function does not say whether such a file exists.
 * @throws GatewayError invalid_name, files_unavailable
 */
export async function storedName(
  objects: Pick<ObjectStore, 'find'>,
  owner: Owner,
  rawName: string,
): Promise<StoredName> {
  const name = parseStoredName(rawName, owner);
  const composed = name.normalize('NFC');
  if (composed === name || (await objects.find(objectKey(owner, name)))) return name;
  return parseStoredName(composed, owner);
}
