/**
 * Resolves a path as RFC 3986, 5.2.4 does, encoded dots too, and makes repeated slashes one. CloudFront chooses the
 * behavior by this path. A function would see it if CloudFront normalised the URI.
 */
export function resolvedPath(path: string): string {
  if (path.startsWith('/') && !/\/\/|(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path)) return path;
  const plain = (dots: string) => dots.replace(/%2e/gi, '.');
  return resolveDots(path.replace(/(?<=^|\/)(?:\.|%2e){1,2}(?=\/|$)/gi, plain));
}

function resolveDots(path: string): string {
  const resolved: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') resolved.pop();
    else if (segment !== '.' && segment !== '') resolved.push(segment);
  }
  const isFolder = /^\.{0,2}$/.test(segments.at(-1) ?? '') && resolved.length > 0;
  return `/${resolved.join('/')}${isFolder ? '/' : ''}`;
}

/**
 * The owner of a path, `users/<id>` or `teams/<tid>`, for a client that resolves the path before it asks, as browsers
 * do.
 */
export function ownerOf(path: string): string {
  const [, kind, id = ''] = resolvedPath(path).split('/');
  return kind === 'users' || kind === 'teams' ? `${kind}/${id}` : '';
}

/**
 * The bytes that a path names, as characters of ISO 8859-1. Escapes are decoded once, as in S3; everything else stays.
 */
export function bytesOf(path: string): string {
  return Buffer.from(path)
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/**
 * The S3 key that the most careless reader could take a URI for. It accepts overlong dots and slashes, takes a
 * backslash for a slash, drops path parameters, ends at a NUL, ignores case, and resolves dot segments.
 */
export function carelessKey(uri: string): string {
  const text = bytesOf(uri)
    .replace(/\xc0\xae|\xe0\x80\xae/g, '.')
    .replace(/\xc0\xaf|\xe0\x80\xaf|\xc1\x9c|\\/g, '/')
    .replace(/\0.*$/s, '')
    .replace(/;[^/]*/g, '')
    .toLowerCase();
  return resolveDots(text).slice(1);
}
