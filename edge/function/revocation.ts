import type { Credential } from './credential.ts';

/**
 * What the KeyValueStore holds under a user's id, for sessions (by start) and for shares (by number): everything up
 * to the floor is revoked, and so is each single one above it.
 */
export interface RevocationEntry {
  sessionFloor: number;
  sessions: number[];
  shareFloor: number;
  shares: number[];
}

/** `<floor>,<start>,<start>,|<floor>,<number>,`: one search tells whether a number is in it. */
const ENTRY = /^\d+,(?:\d+,)*\|\d+,(?:\d+,)*$(?!\n)/;

export function formatEntry(entry: RevocationEntry): string {
  return `${[entry.sessionFloor].concat(entry.sessions).join(',')},|${[entry.shareFloor].concat(entry.shares).join(',')},`;
}

/** @throws Error for an entry that cannot be read: whoever asks must refuse then */
export function isRevoked(entry: string, credential: Credential): boolean {
  if (entry.search(ENTRY) < 0) throw new Error('revocation entry');
  const bar = entry.search(/\|/);
  const number = credential.kind === 'folder' ? credential.start : credential.share;
  const list = credential.kind === 'folder' ? entry.slice(0, bar) : entry.slice(bar + 1);
  return number <= parseInt(list, 10) || list.indexOf(`,${number},`) >= 0;
}
