import { Type } from 'typebox';

/** A time in an answer (RFC 3339). */
export const Instant = Type.String({ format: 'date-time' });

export function toInstant(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
