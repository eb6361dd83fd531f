/** Why a path is not passed on: the `code` of the answer. */
export type PathRefusal = 'bad_path' | 'not_a_file';

export type CheckedPath = { ok: true; userId: string } | { ok: false; refusal: PathRefusal };

/** The alphabet of user ids: nothing in it means anything to a policy, a path or a log. */
const USER_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Raw characters of a segment: RFC 3986 pchar without `+`, which S3 reads as a space, and `%`, which is looked at by itself. */
const RAW_CHARACTER = /^[A-Za-z0-9\-._~!$&'()*,;=:@]$/;

/** S3 keys are at most 1,024 bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

export function isUserId(rawId: string): boolean {
  return USER_ID.test(rawId);
}

/**
 * Decides whether the raw path of a viewer request names one file inside one user's folder, `/users/<id>/<name>`.
 *
 * CloudFront verified the signature on this very spelling, so nothing is decoded, resolved or moved here: a path
 * is either clean, or it is refused. Clean means that CloudFront, this function and S3 read the same key from it.
 */
export function checkPath(rawUri: string): CheckedPath {
  const segments = rawUri.split('/');
  if (segments[0] !== '' || segments[1] !== 'users' || !isUserId(segments[2] || ''))
    return refuse('bad_path');
  if (segments.length < 4) return refuse('bad_path');
  const last = segments.length - 1;
  const isFolder = segments[last] === '';
  let keyBytes = rawUri.indexOf('/', 7);
  for (let i = 3; i <= last; i++) {
    if (i === last && isFolder) break;
    const bytes = segmentBytes(segments[i] || '');
    if (bytes < 1) return refuse('bad_path');
    keyBytes += bytes + (i > 3 ? 1 : 0);
  }
  if (keyBytes > MAX_KEY_BYTES) return refuse('bad_path');
  if (isFolder) return refuse('not_a_file');
  return { ok: true, userId: segments[2] || '' };
}

function refuse(refusal: PathRefusal): CheckedPath {
  return { ok: false, refusal: refusal };
}

/** The length of a segment once decoded, in bytes; 0 for one that is empty or not clean. */
function segmentBytes(segment: string): number {
  let bytes = 0;
  let continuations = 0;
  let lowest = 0x80;
  let highest = 0xbf;
  let dots = 0;
  for (let i = 0; i < segment.length; i++) {
    const character = segment.charAt(i);
    let byte = segment.charCodeAt(i);
    if (character === '%') {
      const hex = segment.slice(i + 1, i + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return 0;
      byte = parseInt(hex, 16);
      if (byte < 0x20 || byte === 0x2f || byte === 0x5c || byte === 0x7f) return 0;
      i += 2;
    } else if (!RAW_CHARACTER.test(character)) {
      return 0;
    }
    bytes++;
    if (byte === 0x2e) dots++;
    if (continuations > 0) {
      if (byte < lowest || byte > highest) return 0;
      continuations--;
      lowest = 0x80;
      highest = 0xbf;
    } else if (byte >= 0x80) {
      // Well-formed UTF-8: Unicode 16, table 3-7.
      if (byte >= 0xc2 && byte <= 0xdf) {
        continuations = 1;
        // U+0080 to U+009F are controls.
        if (byte === 0xc2) lowest = 0xa0;
      } else if (byte >= 0xe0 && byte <= 0xef) {
        continuations = 2;
        if (byte === 0xe0) lowest = 0xa0;
        if (byte === 0xed) highest = 0x9f;
      } else if (byte >= 0xf0 && byte <= 0xf4) {
        continuations = 3;
        if (byte === 0xf0) lowest = 0x90;
        if (byte === 0xf4) highest = 0x8f;
      } else {
        return 0;
      }
    }
  }
  if (continuations > 0) return 0;
  if (dots === bytes && bytes <= 2) return 0;
  return bytes;
}
