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
import { MAX_KEYS, type ObjectStore, type StoredFile } from '../domain/file-ports.ts';

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
 * Thumbnails are in the same folder and sort like their files. A page that begins before them costs one list if that list
 * has the whole page, as in a small folder or one without thumbnails. Otherwise a second list has the files behind the
 * thumbnails. A page that begins behind them costs two lists at the same time. Thumbnails without a file cost one more
 * list for each 1,000.
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
  const own = { prefix: folder + prefix, after: folder + after, limit };
  const ofThumbnails = { prefix: thumbnails + prefix, after: thumbnails + after, limit };
  const isAcross = THUMBNAILS.startsWith(prefix) && after < THUMBNAILS_END;
  const { listed, found, isMore, ...begun } = isAcross
    ? await listAcross(objects, folder, own)
    : await listBehind(objects, own, ofThumbnails);
  const files = listed.slice(0, limit);
  const last = files.at(-1)?.key.slice(folder.length);
  let seen = begun.seen;
  while (seen !== undefined && last !== undefined && isBefore(seen, thumbnails + last)) {
    const more = await objects.list({ ...ofThumbnails, after: seen, limit: MAX_KEYS });
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
    ...(isMore && last !== undefined ? { last } : {}),
  };
}

interface Query {
  prefix: string;
  after: string;
  limit: number;
}

interface Listed {
  listed: StoredFile[];
  /** Whether files follow that are not listed, or not in the page. */
  isMore: boolean;
  /** Thumbnails so far, and the last key of theirs if more may follow. */
  found: StoredFile[];
  seen: string | undefined;
}

/** A page that begins before the thumbnails. */
async function listAcross(objects: Pick<ObjectStore, 'list'>, folder: string, own: Query): Promise<Listed> {
  const thumbnails = folder + THUMBNAILS;
  const isThumbnail = ({ key }: StoredFile) => key.startsWith(thumbnails);
  // Twice the limit: a whole page of files may come with as many thumbnails.
  const first = await objects.list({ ...own, limit: Math.min(2 * own.limit, MAX_KEYS) });
  const { lastKey } = first;
  const listed = first.files.filter((file) => !isThumbnail(file));
  const found = first.files.filter(isThumbnail);
  const isAmong = lastKey?.startsWith(thumbnails) === true;
  const isBeforeThem = lastKey !== undefined && isBefore(lastKey, thumbnails);
  const seen = isBeforeThem ? thumbnails : isAmong ? lastKey : undefined;
  // Behind a last key among the thumbnails, there may be no file.
  if (lastKey === undefined || listed.length > own.limit || (listed.length === own.limit && !isAmong)) {
    return { listed, found, seen, isMore: lastKey !== undefined || listed.length > own.limit };
  }
  const after = isAmong ? folder + THUMBNAILS_END : lastKey;
  const rest = await objects.list({ ...own, after, limit: Math.max(1, own.limit - listed.length) });
  const all = [...listed, ...rest.files];
  return { listed: all, found, seen, isMore: all.length > own.limit || rest.lastKey !== undefined };
}

/** A page that begins behind the thumbnails. */
async function listBehind(
  objects: Pick<ObjectStore, 'list'>,
  own: Query,
  ofThumbnails: Query,
): Promise<Listed> {
  const [page, thumbnails] = await Promise.all([objects.list(own), objects.list(ofThumbnails)]);
  return {
    listed: page.files,
    isMore: page.lastKey !== undefined,
    found: thumbnails.files,
    seen: thumbnails.lastKey,
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
