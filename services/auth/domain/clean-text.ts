/** Of somebody else's text what a record or a log may hold: printable ASCII without quotes and backslashes, bounded. */
export function cleanText(rawText: string, maxLength: number): string {
  return rawText.slice(0, maxLength).replace(/[^\x20-\x7e]|["\\]/g, '?');
}
