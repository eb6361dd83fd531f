import type { Credential } from './credential.ts';

/**
 * What the KeyValueStore holds under a user's id, for sessions (by start) and for shares (by number). Everything up to
 * the floor is revoked, and so is each single above it.
 */
export interface RevocationEntry {
  sessionFloor: number;
  sessions: number[];
  shareFloor: number;
  shares: number[];
}

/** `<floor>,<start>,<start>,|<floor>,<number>,`: one search tells whether a number is in it. */
const ENTRY = /^\d[\d,]*,\|\d[\d,]*,$(?!\n)/;

export function formatEntry(entry: RevocationEntry): string {
  return `${[entry.sessionFloor].concat(entry.sessions).join(',')},|${[entry.shareFloor].concat(entry.shares).join(',')},`;
}

/** @throws Error for an entry that cannot be read: the caller must then refuse */
export function isRevoked(entry: string, credential: Credential): boolean {
  if (entry.search(ENTRY) < 0) throw new Error('revocation entry');
  if (credential.kind === 'file') {
    const shares = entry.slice(entry.search(/\|/) + 1);
    return credential.share <= parseInt(shares, 10) || shares.indexOf(`,${credential.share},`) >= 0;
  }
  if (credential.start <= parseInt(entry, 10)) return true;
  const at = entry.indexOf(`,${credential.start},`);
  // A number behind the bar is a share's.
  return at >= 0 && at < entry.indexOf('|');
}
