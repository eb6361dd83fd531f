import type { Credential } from './credential.ts';

/** What `formatEntry` of `core/entry-format.ts` writes: `<floor>,<start>,<start>,|<floor>,<number>,`. */
const ENTRY = /^\d[\d,]*,\|\d[\d,]*,$(?!\n)/;

/** @throws Error for an entry that cannot be read: the caller must then refuse */
export function isRevoked(entry: string, credential: Credential): boolean {
  if (entry.search(ENTRY) < 0) throw new Error('revocation entry');
  if (credential.kind === 'file') {
    const shares = entry.slice(entry.search(/\|/) + 1);
    return credential.share <= parseInt(shares, 10) || shares.includes(`,${credential.share},`);
  }
  if (credential.start <= parseInt(entry, 10)) return true;
  const at = entry.indexOf(`,${credential.start},`);
  // A number behind the bar is a share's.
  return at >= 0 && at < entry.indexOf('|');
}
