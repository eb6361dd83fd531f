/** @throws TypeError for what is no object */
export function parseRecord(raw: unknown): Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null) throw new TypeError('not an object');
  return raw as Record<string, unknown>;
}

/** The objects of a list in an answer. */
export function listOf(raw: unknown): Record<string, unknown>[] {
  return Array.isArray(raw) ? raw.map(parseRecord) : [];
}

/** @throws TypeError for what is no text */
export function textOf(raw: unknown): string {
  if (typeof raw !== 'string') throw new TypeError('not a text');
  return raw;
}
