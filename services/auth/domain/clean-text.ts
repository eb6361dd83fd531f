/**
 * Cleans somebody else's text for a record or a log: printable ASCII without quotes and backslashes, cut to a length.
 */
export function cleanText(rawText: string, maxLength: number): string {
  return rawText.slice(0, maxLength).replace(/[^\x20-\x7e]|["\\]/g, '?');
}
