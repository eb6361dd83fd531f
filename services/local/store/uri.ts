export type QueryPair = readonly [name: string, value: string];

/** A request target that is not percent-encoded UTF-8. */
export class InvalidUriError extends Error {
  readonly code = 'InvalidURI';
}

/**
 * Percent-encodes as Signature Version 4 demands: everything except `A-Z a-z 0-9 - . _ ~`.
 * @param safe further characters to leave as they are
 */
export function uriEncode(text: string, safe = ''): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[A-Za-z0-9._~-]/.test(character) || safe.includes(character)) return character;
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** The path of a request target, decoded once and never normalized, because S3 keys may hold `..` and `//`. */
export function decodePath(target: string): string {
  const [path = ''] = target.split('?', 1);
  return decode(path);
}

/** The query of a request target, in its order. `+` is a space, as in S3. */
export function parseQuery(target: string): QueryPair[] {
  const question = target.indexOf('?');
  if (question < 0) return [];
  return target
    .slice(question + 1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      return [decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))] as const;
    });
}

export function canonicalQuery(query: readonly QueryPair[]): string {
  return query
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => {
      if (name !== otherName) return name < otherName ? -1 : 1;
      return value < otherValue ? -1 : value > otherValue ? 1 : 0;
    })
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new InvalidUriError("Couldn't parse the specified URI.", { cause });
  }
}
