/** A path below `/users/<id>/` or `/teams/<tid>/`. */
export interface OwnerPath {
  /** The path of the owner's folder, with both slashes, as the viewer sent it. */
  folder: string;
  /** The user's id, or the team's. */
  ownerId: string;
  isTeam: boolean;
  /** The one spelling of this path, for the cache and for S3. */
  uri: string;
  /** The path ends in a slash, so it names no object. */
  isFolder: boolean;
}

/** The alphabet of user ids. No character of it has a meaning for a policy, a path or a log. */
const USER_ID = /^[A-Za-z0-9_-]{1,64}$(?!\n)/;

/** 26 characters of base32 (RFC 4648, lower case). */
const TEAM_ID = /^[a-z2-7]{26}$(?!\n)/;

/** The beginning of a path. A path with another beginning is not passed on. */
const OWN_PREFIX = /^\/(?:users\/[A-Za-z0-9_-]{1,64}|teams\/[a-z2-7]{26})\/$(?!\n)/;
/** `/teams/` is as long. */
const ID_START = '/users/'.length;

/** S3 keys are at most 1,024 bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

/**
 * Unreserved characters and slashes. Most paths that the service makes are like this, and nothing in them is encoded.
 */
const PLAIN =
  /^\/(?:users\/[A-Za-z0-9_-]{1,64}|teams\/[a-z2-7]{26})\/[A-Za-z0-9_.~/-]*[A-Za-z0-9_.~-]$(?!\n)/;

/** C0 and C1 controls, DEL, and the backslash, which some systems read as a slash. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: names come with them
const FORBIDDEN = /[\x00-\x1f\x7f-\x9f\\]/;

/**
 * Characters that need a second look: forbidden characters, slashes, and `!'()*`. RFC 3986 reserves the last five, but
 * `encodeURIComponent` does not encode them.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: names come with them
const SPECIAL = /[\x00-\x1f\x7f-\x9f\\/!'()*]/;
const SUB_DELIM = /[!'()*]/;

/** Segments that some system resolves: `.` and `..`, also with path parameters behind them (`..;x`). */
const DOT_SEGMENT = /\/\.\.?[;/]/;

export function isUserId(rawId: string): boolean {
  return USER_ID.test(rawId);
}

export function isTeamId(rawId: string): boolean {
  return TEAM_ID.test(rawId);
}

/**
 * Reads the raw path of a viewer request, `/users/<id>/<name>` or `/teams/<tid>/<name>`, and gives its canonical spelling. Undefined for a path
 * that must not be passed on.
 *
 * CloudFront has already checked the signature on the raw spelling. So the prefix is compared and copied byte for byte,
 * and only the rest is normalised. Nothing in the rest can lead out of the folder: the rest is decoded once; a dot
 * segment, an encoded slash or a backslash is refused; the result is encoded again.
 */
export function readPath(rawUri: string): OwnerPath | undefined {
  const slash = rawUri.indexOf('/', ID_START);
  const folder = rawUri.slice(0, slash + 1);
  const ownerId = rawUri.slice(ID_START, slash);
  const isTeam = rawUri.charAt(1) === 't';
  if (
    rawUri.length <= MAX_KEY_BYTES &&
    rawUri.search(PLAIN) === 0 &&
    rawUri.indexOf('//', slash) < 0 &&
    rawUri.indexOf('/.', slash) < 0
  ) {
    return { folder: folder, ownerId: ownerId, isTeam: isTeam, uri: rawUri, isFolder: false };
  }
  if (folder.search(OWN_PREFIX) < 0) return undefined;
  let rest = rawUri.slice(slash + 1);
  // A byte of the key takes at most three characters in a URL. Only repeated slashes can make a valid path longer.
  if (rest.length > 3 * MAX_KEY_BYTES) rest = mergeSlashes(rest);
  if (rest.length > 3 * MAX_KEY_BYTES) return undefined;
  let name = rest;
  if (rest.indexOf('%') >= 0) {
    try {
      name = decodeURIComponent(rest);
    } catch {
      // A broken escape, or bytes that are not well-formed UTF-8.
      return undefined;
    }
  }
  const isSpecial = name.search(SPECIAL) >= 0;
  const hasSlash = isSpecial && name.search(/\//) >= 0;
  if (hasSlash) {
    if (rest.toUpperCase().indexOf('%2F') >= 0) return undefined;
    name = mergeSlashes(name);
  }
  // The key lacks the first slash of the URI. So the index of the slash behind the owner's id is the number of the key's
  // bytes before the name.
  if (slash + Buffer.byteLength(name) > MAX_KEY_BYTES) return undefined;
  if (name === '') return { folder: folder, ownerId: ownerId, isTeam: isTeam, uri: folder, isFolder: true };
  const isFolder = hasSlash && name.charAt(name.length - 1) === '/';
  const encoded = encode(isFolder ? name.slice(0, -1) : name, isSpecial, hasSlash);
  if (encoded === undefined) return undefined;
  const uri = folder + encoded + (isFolder ? '/' : '');
  return { folder: folder, ownerId: ownerId, isTeam: isTeam, uri: uri, isFolder: isFolder };
}

/**
 * Makes one slash of repeated ones, and removes slashes in front. In njs, a match by `replace` costs as much as 40 by
 * `replaceAll`.
 */
function mergeSlashes(path: string): string {
  let merged = path;
  while (merged.indexOf('//') >= 0) merged = merged.replaceAll('////////', '/').replaceAll('//', '/');
  return merged.charAt(0) === '/' ? merged.slice(1) : merged;
}

/**
 * The canonical spelling of a file name in a URL. Unreserved characters (RFC 3986, 2.3) and the `/` between folders
 * stay; everything else is percent-encoded once, in upper case. Undefined for a name that no URL opens.
 */
export function encodeName(name: string): string | undefined {
  if (`/${name}/`.indexOf('//') >= 0) return undefined;
  return encode(name, name.search(SPECIAL) >= 0, name.includes('/'));
}

/** @param name without empty segments */
function encode(name: string, isSpecial: boolean, hasSlash: boolean): string | undefined {
  if (isSpecial && name.search(FORBIDDEN) >= 0) return undefined;
  if (hasSlash || name.charAt(0) === '.') {
    const segments = `/${name}/`;
    if (segments.indexOf('/.') >= 0 && segments.search(DOT_SEGMENT) >= 0) return undefined;
  }
  let encoded: string;
  try {
    encoded = encodeURIComponent(name);
  } catch {
    // Half of a surrogate pair.
    return undefined;
  }
  if (!isSpecial) return encoded;
  if (hasSlash) encoded = encoded.replaceAll('%2F', '/');
  for (let at = encoded.search(SUB_DELIM); at >= 0; at = encoded.search(SUB_DELIM)) {
    const character = encoded.charAt(at);
    encoded = encoded.replaceAll(character, `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  }
  return encoded;
}
