import { encodeName, MAX_KEY_BYTES } from './canonical-path.ts';
import { GatewayError } from './errors.ts';
import type { Owner } from './owner.ts';

declare const storedNameBrand: unique symbol;
declare const fileNameBrand: unique symbol;
/** A name relative to its owner's folder. A URL of the files host opens it; `/` makes folders. */
export type StoredName = string & { readonly [storedNameBrand]: true };
/** A name that this service gives to an upload. It is in NFC. */
export type FileName = StoredName & { readonly [fileNameBrand]: true };

/** The folder of thumbnails, in an owner's folder. A thumbnail has the name of its file, so both lists sort alike. */
export const THUMBNAILS = '.thumbnails/';
/** No thumbnail sorts behind this key, since it ends in the last character of Unicode. */
export const THUMBNAILS_END = `${THUMBNAILS}\u{10ffff}`;

/** Characters of bidirectional formatting. They can make a name look like another one. */
const BIDIRECTIONAL = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * Checks a name that a person typed, and converts it to one Unicode form (NFC). The edge cannot convert it.
 * @throws GatewayError invalid_name, with the reason in words
 */
export function parseFileName(rawName: string, owner: Owner): FileName {
  const reason = whyNotStorable(rawName.normalize('NFC'), owner);
  if (reason)
    throw new GatewayError('invalid_name', { detail: `The file cannot have this name: ${reason}.` });
  return rawName.normalize('NFC') as FileName;
}

/**
 * Checks the name of a file that may be stored. Any tool may have stored it, so any Unicode form is allowed.
 * @throws GatewayError invalid_name
 */
export function parseStoredName(rawName: string, owner: Owner): StoredName {
  const isTooLong = Buffer.byteLength(folderKey(owner) + rawName) > MAX_KEY_BYTES;
  if (encodeName(rawName) === undefined || isTooLong || rawName.startsWith(THUMBNAILS)) {
    throw new GatewayError('invalid_name', { detail: 'No file can have this name.' });
  }
  return rawName as StoredName;
}

/**
 * The name of a stored file. Undefined for a thumbnail, and for a key that no URL of the files host opens, such as a
 * folder marker.
 */
export function nameOfKey(key: string, owner: Owner): string | undefined {
  const folder = folderKey(owner);
  const name = key.startsWith(folder) ? key.slice(folder.length) : '';
  return encodeName(name) === undefined || name.startsWith(THUMBNAILS) ? undefined : name;
}

/** What the keys of all users' files begin with. */
export const USERS_KEY = 'users/';

/** What the keys of all teams' files begin with. */
export const TEAMS_KEY = 'teams/';

/** What the keys of an owner's files begin with. */
export function folderKey({ kind, id }: Owner): string {
  return `${kind === 'user' ? USERS_KEY : TEAMS_KEY}${id}/`;
}

/** What the paths of an owner's files begin with on the files host. */
export function folderPath(owner: Owner): string {
  return `/${folderKey(owner)}`;
}

export function objectKey(owner: Owner, name: StoredName): string {
  return folderKey(owner) + name;
}

/**
 * The key of the object that marks an empty folder.
 * @param name of the folder, without `/` at its end
 * @throws GatewayError invalid_name if the key would get too long
 */
export function folderMarkerKey(owner: Owner, name: StoredName): string {
  const key = `${objectKey(owner, name)}/`;
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new GatewayError('invalid_name', { detail: 'The name of the folder is too long.' });
  }
  return key;
}

/** The name of the folder that a key marks as empty. Undefined for every other key. */
export function markedFolder(key: string, owner: Owner): string | undefined {
  return key.endsWith('/') ? nameOfKey(key.slice(0, -1), owner) : undefined;
}

/** The key of a file's thumbnail, from the key of the file. Undefined if the key would get too long. */
export function thumbnailKey(owner: Owner, key: string): string | undefined {
  const folder = folderKey(owner);
  const wanted = folder + THUMBNAILS + key.slice(folder.length);
  return Buffer.byteLength(wanted) > MAX_KEY_BYTES ? undefined : wanted;
}

/**
 * The path of a file on the files host. The viewer-request function changes every other spelling of the path into this
 * one.
 * @throws RangeError for a name that no URL opens
 */
export function filePath(owner: Owner, name: string): string {
  return `/${encodeKey(folderKey(owner) + name)}`;
}

/**
 * A key as the path of a URL (RFC 3986). Every character but `A-Z a-z 0-9 - . _ ~ /` is percent-encoded, as Signature
 * Version 4 signs it.
 * @throws RangeError for a key that no URL opens
 */
export function encodeKey(key: string): string {
  const encoded = encodeName(key);
  if (encoded === undefined) throw new RangeError('no URL opens this name');
  return encoded;
}

function whyNotStorable(name: string, owner: Owner): string | undefined {
  if (name === '') return 'it is empty';
  if (!name.isWellFormed()) return 'it is not valid Unicode';
  if (/[\p{Cc}\\]/u.test(name)) return 'it holds a control character or a backslash';
  if (BIDIRECTIONAL.test(name)) return 'it holds a text direction override';
  // In the key of an upload form, S3 replaces `${filename}` by a name that the sender chooses (AWS: POST policy).
  if (/\$\{filename\}/.test(name)) return 'S3 would read a part of it as a variable';
  if (name.startsWith(THUMBNAILS)) return 'thumbnails are kept there';
  const segments = name.split('/');
  if (segments.includes('')) return 'a folder or the file in it has no name';
  if (encodeName(name) === undefined) return 'a part of it is . or .., or begins like one';
  if (Buffer.byteLength(folderKey(owner) + name) > MAX_KEY_BYTES) return 'it is too long';
  return undefined;
}
