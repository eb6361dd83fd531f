/**
 * What the KeyValueStore holds under an id, for sessions (by start) and for shares (by number). Everything up to
 * the floor is revoked, and so is each single above it.
 */
export interface RevocationEntry {
  sessionFloor: number;
  sessions: number[];
  shareFloor: number;
  shares: number[];
}

/** The most that one value of a CloudFront KeyValueStore holds, in bytes (DG: cloudfront-limits). */
export const MAX_ENTRY_BYTES = 1_024;

/** `<floor>,<start>,<start>,|<floor>,<number>,`: one search tells the edge whether a number is in it. */
export function formatEntry(entry: RevocationEntry): string {
  return `${[entry.sessionFloor].concat(entry.sessions).join(',')},|${[entry.shareFloor].concat(entry.shares).join(',')},`;
}

/** Whether the edge can read the text. If it cannot, it refuses everybody whom the entry may concern. */
export function isEntry(text: string): boolean {
  return /^\d[\d,]*,\|\d[\d,]*,$(?!\n)/.test(text);
}

/** The text of an entry that revokes nothing. */
export const NOTHING_REVOKED = formatEntry({ sessionFloor: 0, sessions: [], shareFloor: 0, shares: [] });
