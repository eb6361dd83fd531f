/** The parameters of signed URLs (DG: private-content-signed-urls). CloudFront takes them as its own. */
const SIGNING_NAMES = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];

/**
 * Names that must have one spelling only. Another reader of the query might ignore case or escapes, and so read another
 * spelling as the real name.
 */
const CONFUSABLE = ['expires', 'policy', 'signature', 'key-pair-id', 'hash-algorithm', 'share'];

/** An ETag of S3 without its quotes. */
const VERSION = /^v=[A-Za-z0-9-]{1,64}$(?!\n)/;

/** A raw query string with its parts. The values are as they were sent. */
export interface Query {
  /** The query holds signing parameters, so CloudFront took it for a signed URL and ignored the cookies. */
  isSigned: boolean;
  /** The query could be read in two ways: a name comes twice, or becomes another name when it is decoded. */
  isAmbiguous: boolean;
  /** The query without the signing parameters. CloudFront compares it with the Resource. */
  unsigned: string;
  /** The first values of `Policy` and `Expires`, and of the parameters that this function knows. */
  values: { [name: string]: string | undefined };
}

/** @param raw the value of `rawQueryString()`: undefined without a `?` */
export function readQuery(raw: string | undefined): Query {
  const query: Query = { isSigned: false, isAmbiguous: false, unsigned: '', values: {} };
  if (!raw) return query;
  if (raw.search(VERSION) >= 0) {
    // The usual case: a query that the service made.
    query.values = { v: raw.slice(2) };
    query.unsigned = raw;
    return query;
  }
  const unsigned: string[] = [];
  const parts = raw.split('&');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] || '';
    const name = part.slice(0, `${part}=`.indexOf('='));
    const isSigning = SIGNING_NAMES.indexOf(name) >= 0;
    if (isSigning) query.isSigned = true;
    else unsigned.push(part);
    if (!isSigning && name !== 'share' && isConfusable(name)) query.isAmbiguous = true;
    // Some readers treat `;` as a separator.
    const pieces = part.indexOf(';') < 0 ? [] : part.split(';').slice(1);
    if (pieces.some((piece) => isConfusable(piece.replace(/=[\s\S]*/, '')))) query.isAmbiguous = true;
    if (name === 'v') {
      // A version that comes twice, or is not a version, counts as none.
      query.values[name] = query.values[name] === undefined && part.search(VERSION) >= 0 ? part.slice(2) : '';
    } else if (isSigning || name === 'share' || name === 'download' || name === 'clear') {
      if (query.values[name] !== undefined) query.isAmbiguous = true;
      query.values[name] = part.slice(name.length + 1);
    }
  }
  query.unsigned = unsigned.join('&');
  return query;
}

function isConfusable(name: string): boolean {
  const decoded = name.indexOf('%') < 0 ? name : name.replace(/%([0-9A-Fa-f]{2})/g, decodeCharacter);
  return CONFUSABLE.indexOf(decoded.toLowerCase()) >= 0;
}

function decodeCharacter(_escape: string, hex: string): string {
  return String.fromCharCode(parseInt(hex, 16));
}
