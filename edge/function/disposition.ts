/**
 * `Content-Disposition` for a download under a name (RFC 6266, with both forms of RFC 8187); without a usable name
 * the browser takes that of the URL.
 * @param encodedName percent-encoded UTF-8
 */
export function attachment(encodedName: string): string {
  let name: string;
  try {
    name = decodeURIComponent(encodedName);
  } catch {
    return 'attachment';
  }
  // No controls, no text direction overrides, nothing that is a path.
  if (/^\.*$|[^ -.0-[\]-~\xa0-\u2029\u202f-\u2065\u206a-\uffff]/.test(name)) return 'attachment';
  const ascii = name.replace(/[^A-Za-z0-9 ._-]/g, '_');
  const extended = encodeURIComponent(name).replace(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  return `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`;
}
