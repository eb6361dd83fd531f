/** Control characters, text direction overrides, and the characters of a path. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: names come with them
const FORBIDDEN = /[\x00-\x1f/\\\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/**
 * `Content-Disposition` for a download under a name (RFC 6266, with both forms of RFC 8187). Without a usable name, the
 * browser takes the name in the URL.
 * @param encodedName percent-encoded UTF-8
 */
export function attachment(encodedName: string): string {
  let name: string;
  try {
    name = decodeURIComponent(encodedName);
  } catch {
    return 'attachment';
  }
  // In njs, an expression with a character beyond U+00FF never matches an empty text.
  if (name === '' || /^\.+$/.test(name) || FORBIDDEN.test(name)) return 'attachment';
  const ascii = name.replace(/[^A-Za-z0-9 ._-]+/g, '_');
  const extended = encodeURIComponent(name).replace(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`;
}
