/** Names say enough to see which parameter is one too many, and values may be secrets. */
export function withoutQueryValues(url: string): string {
  const question = url.indexOf('?');
  if (question < 0) return url;
  const names = url
    .slice(question + 1)
    .split('&')
    .map((part) => part.split('=', 1)[0] ?? '');
  const shown = names.map((name) => (/^[\w.~*-]{0,40}$/.test(name) ? `${name}=…` : '…'));
  return `${url.slice(0, question)}?${shown.join('&')}`;
}

/** Whatever else stands in its place may be a signature that strayed. */
export function shownKeyPairId(raw: string): string {
  return /^[A-Za-z0-9]{0,32}$/.test(raw) ? raw : '…';
}
