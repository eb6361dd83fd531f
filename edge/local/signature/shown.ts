/** Values may be secrets, so only names are shown. Names are enough to find a parameter that should not be there. */
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

/** Any other text in this place may be a misplaced signature. */
export function shownKeyPairId(raw: string): string {
  return /^[A-Za-z0-9]{0,32}$/.test(raw) ? raw : '…';
}
