/**
 * A path as CloudFront normalises it where it normalises (RFC 3986, 6.2.2, and repeated slashes are one):
 * unreserved characters decoded, hex digits in upper case, dot segments resolved. Other escapes stay.
 */
export function normalisePath(rawPath: string): string {
  const spelled = rawPath.replace(/%[0-9A-Fa-f]{2}/g, (hex) => {
    const character = String.fromCharCode(Number.parseInt(hex.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : hex.toUpperCase();
  });
  const segments: string[] = [];
  for (const segment of spelled.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const isFolder = /\/(?:\.{1,2})?$/.test(spelled);
  return `/${segments.join('/')}${isFolder && segments.length > 0 ? '/' : ''}`;
}
