import { GatewayError } from './errors.ts';
import type { UserId } from './user-id.ts';

declare const fileNameBrand: unique symbol;
/** A file's name relative to its user's folder, in NFC; `/` makes folders. */
export type FileName = string & { readonly [fileNameBrand]: true };

/** S3 keys are at most 1,024 bytes of UTF-8. */
const MAX_KEY_BYTES = 1_024;

/** C0 and C1 controls, DEL, and the bidirectional overrides that make a name read as another one. */
const FORBIDDEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069\\]/u;

/**
 * Checks a name that a person typed, and settles its Unicode form (NFC), since the edge cannot.
 * @throws GatewayError invalid_name, with the reason in words
 */
export function parseFileName(rawName: string, userId: UserId): FileName {
  const reason = whyNotStorable(rawName.normalize('NFC'), userId);
  if (reason)
    throw new GatewayError('invalid_name', { detail: `The file cannot have this name: ${reason}.` });
  return rawName.normalize('NFC') as FileName;
}

/** The name of a stored object, or undefined for one that no URL of the files host opens (a folder marker …). */
export function nameOfKey(key: string, userId: UserId): string | undefined {
  const folder = folderKey(userId);
  if (!key.startsWith(folder)) return undefined;
  const name = key.slice(folder.length);
  return whyNotStorable(name, userId) === undefined ? name : undefined;
}

export function folderKey(userId: UserId): string {
  return `users/${userId}/`;
}

export function objectKey(userId: UserId, name: FileName): string {
  return folderKey(userId) + name;
}

/**
 * The path of an object on the files host, in the one canonical spelling: unreserved characters (RFC 3986, 2.3)
 * as they are, everything else percent-encoded once, in upper case.
 */
export function filePath(key: string): string {
  return `/${key.split('/').map(encodeSegment).join('/')}`;
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function whyNotStorable(name: string, userId: UserId): string | undefined {
  if (name === '') return 'it is empty';
  if (!name.isWellFormed()) return 'it is not valid Unicode';
  if (FORBIDDEN.test(name)) return 'it holds a control character, a text direction override or a backslash';
  // A form for such a key would leave the name to whoever submits it (AWS: POST policy, `${filename}`).
  if (/\$\{filename\}/.test(name)) return 'S3 would read a part of it as a variable';
  const segments = name.split('/');
  if (segments.includes('')) return 'a folder or the file in it has no name';
  if (segments.includes('.') || segments.includes('..')) return 'a part of it is . or ..';
  if (Buffer.byteLength(folderKey(userId) + name) > MAX_KEY_BYTES) return 'it is too long';
  return undefined;
}
