/** Whether a cache behavior's path pattern takes a path (DG: path pattern). A slash at the beginning may be left out. */
export function matchesPathPattern(pattern: string, path: string): boolean {
  return matchesPattern(pattern.startsWith('/') ? pattern : `/${pattern}`, path);
}

/**
 * Whether a pattern takes a whole text. `*` is zero or more characters, `?` is exactly one, and case counts. The time is
 * bounded by the product of both lengths.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let place = 0;
  let starPlace: number | undefined;
  let starTaken = 0;
  let i = 0;
  while (i < text.length) {
    if (pattern[place] === '*') {
      starPlace = place++;
      starTaken = i;
    } else if (pattern[place] === '?' || pattern[place] === text[i]) {
      place++;
      i++;
    } else if (starPlace !== undefined) {
      place = starPlace + 1;
      i = ++starTaken;
    } else {
      return false;
    }
  }
  while (pattern[place] === '*') place++;
  return place === pattern.length;
}

/**
 * The path that only serves to choose a behavior. Unreserved characters are decoded, hex digits are in upper case, and
 * dot segments and repeated slashes are removed (RFC 3986, 6.2.2; DG: path pattern).
 */
export function normalisedPath(rawPath: string): string {
  if (!/%|\/\/|\/\./.test(rawPath)) return rawPath;
  const spelled = rawPath.replace(/%[0-9A-Fa-f]{2}/g, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : triplet.toUpperCase();
  });
  const kept: string[] = [];
  const segments = spelled
    .replace(/\/{2,}/g, '/')
    .slice(1)
    .split('/');
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  }
  return `/${kept.join('/')}`;
}
