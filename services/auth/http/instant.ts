import * as Type from 'typebox';

/** A time in an answer (RFC 3339). */
export const Instant = Type.String({ format: 'date-time' });
