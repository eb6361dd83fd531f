import { AwsError } from './error.ts';

export type QueryPair = readonly [name: string, value: string];

/** A request target that is not percent-encoded UTF-8. */
export class InvalidUriError extends AwsError {
  constructor() {
    super(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
}

/**
 * Percent-encodes as Signature Version 4 demands: everything except `A-Z a-z 0-9 - . _ ~`.
 * @param text without lone surrogates
 */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

/** Percent-encodes a path or a key, and leaves its slashes. */
export function uriEncodePath(path: string): string {
  return path.split('/').map(uriEncode).join('/');
}

/** The path of a request target, decoded once and never normalized, because S3 keys may hold `..` and `//`. */
export function decodePath(target: string): string {
  const [path = ''] = target.split('?');
  return decode(path);
}

/** The query of a request target, in its order. `+` is a space, as in S3. */
export function parseQuery(target: string): QueryPair[] {
  const [, ...query] = target.split('?');
  const pairs = query.join('?').split('&');
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.replaceAll('+', ' ').split('=');
      return [decode(name), decode(value.join('='))] as const;
    });
}

export function canonicalQuery(query: readonly QueryPair[]): string {
  return query
    .map(([name, value]) => `${uriEncode(name)}\0${uriEncode(value)}`)
    .sort()
    .map((pair) => pair.replace('\0', '='))
    .join('&');
}

/** @throws InvalidUriError */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidUriError();
  }
}
