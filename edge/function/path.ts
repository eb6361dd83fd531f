export interface UserPath {
  userId: string;
  /** The one spelling of this path: what the cache and S3 are asked for. */
  uri: string;
  /** It ends in a slash: it names no object. */
  isFolder: boolean;
}

/** The alphabet of user ids: nothing in it means anything to a policy, a path or a log. */
const USER_ID = /^[A-Za-z0-9_-]{1,64}$/;

const PREFIX = '/users/';

/** S3 keys are at most 1,024 bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** C0 and C1 controls, DEL, and the backslash, which some systems read as a slash. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: names come with them
const FORBIDDEN = /[\x00-\x1f\x7f-\x9f\\]/;

/** What needs a second look: forbidden characters, folders, and what `encodeURIComponent` leaves but RFC 3986 reserves. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: names come with them
const SPECIAL = /[\x00-\x1f\x7f-\x9f\\/!'()*]/;
const SUB_DELIMS = ['!', "'", '(', ')', '*'];

/** Segments that some system resolves: `.` and `..`, also with path parameters behind them (`..;x`). */
const DOT_SEGMENT = /(?:^|\/)\.\.?(?:;|\/|$)/;

/**
 * What is canonical without a doubt, so that nothing is to be decoded: most of what the service hands out. Escapes
 * are those of printable ASCII that must be encoded, and of well-formed UTF-8 from U+00A0 on (Unicode 16, table 3-7).
 */
const ESCAPE =
  '%(?:2[0-9A-C]|3[A-F]|40|5[BDE]|60|7[B-D]|C2%[AB][0-9A-F]|(?:C[3-9A-F]|D[0-9A-F]|E0%[AB][0-9A-F]' +
  '|E[1-9A-CEF]%[89AB][0-9A-F]|ED%[89][0-9A-F]|F0%[9AB][0-9A-F]%[89AB][0-9A-F])%[89AB][0-9A-F])';
const CANONICAL = new RegExp(
  `^/users/[A-Za-z0-9_-]{1,64}(?:/(?:[A-Za-z0-9_~-]|${ESCAPE})(?:[A-Za-z0-9_.~-]|${ESCAPE})*)+$`,
);

export function isUserId(rawId: string): boolean {
  return USER_ID.test(rawId);
}

/**
 * Reads the raw path of a viewer request, `/users/<id>/<name>`, and gives its canonical spelling; undefined for a
 * path that is not to be passed on.
 *
 * CloudFront verified the signature on the raw spelling, before this: so the prefix is compared and copied byte for
 * byte, and only what comes after it is normalised. Nothing in there can lead out of it: it is decoded once, refused
 * where it holds a dot segment, an encoded slash or a backslash, and encoded again.
 */
export function readPath(rawUri: string): UserPath | undefined {
  const slash = rawUri.indexOf('/', PREFIX.length);
  const userId = rawUri.slice(PREFIX.length, slash);
  if (rawUri.length <= MAX_KEY_BYTES && CANONICAL.test(rawUri))
    return { userId: userId, uri: rawUri, isFolder: false };
  if (slash < 0 || rawUri.slice(0, PREFIX.length) !== PREFIX || !isUserId(userId)) return undefined;
  const rest = rawUri.slice(slash + 1);
  const prefix = rawUri.slice(0, slash + 1);
  let name: string;
  try {
    name = decodeURIComponent(rest);
  } catch {
    // A broken escape, or bytes that are not well-formed UTF-8.
    return undefined;
  }
  const isSpecial = SPECIAL.test(name);
  if (isSpecial && name.indexOf('/') >= 0) {
    if (/%2[Ff]/.test(rest)) return undefined;
    name = name.replace(/\/+/g, '/').replace(/^\//, '');
  }
  // The key has no slash in front, so the bytes before the name are as many as the index of its slash.
  if (slash + Buffer.byteLength(name) > MAX_KEY_BYTES) return undefined;
  if (name === '') return { userId: userId, uri: prefix, isFolder: true };
  const isFolder = name.charAt(name.length - 1) === '/';
  const encoded = encode(isFolder ? name.slice(0, -1) : name, isSpecial);
  if (encoded === undefined) return undefined;
  return { userId: userId, uri: prefix + encoded + (isFolder ? '/' : ''), isFolder: isFolder };
}

/**
 * The canonical spelling of a file name in a URL: unreserved characters (RFC 3986, 2.3) as they are, everything else
 * percent-encoded once in upper case, `/` between folders. Undefined for a name that no URL opens.
 */
export function encodeName(name: string): string | undefined {
  return encode(name, SPECIAL.test(name));
}

function encode(name: string, isSpecial: boolean): string | undefined {
  if (name === '' || (isSpecial && (FORBIDDEN.test(name) || `/${name}/`.indexOf('//') >= 0)))
    return undefined;
  if ((isSpecial || name.charAt(0) === '.') && DOT_SEGMENT.test(name)) return undefined;
  let encoded: string;
  try {
    encoded = encodeURIComponent(name);
  } catch {
    // Half of a surrogate pair.
    return undefined;
  }
  if (!isSpecial) return encoded;
  for (let i = 0; i < SUB_DELIMS.length; i++) {
    const character = SUB_DELIMS[i] || '';
    encoded = encoded.replaceAll(character, `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  }
  return encoded.replaceAll('%2F', '/');
}
