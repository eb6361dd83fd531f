/**
 * What CloudFront signs as the session start in a policy of a team. It lies in the years from 2001 on, so it is past
 * everywhere. The number belongs to one user, or to the links of one team; `n` to a session or a link.
 */
const FIRST = 1_000_000_000;
/** So many sessions have starts of one number. */
export const STARTS_PER_NUMBER = 512;

/** @returns epoch seconds */
export function teamStart(number: number, n: number): number {
  return FIRST + STARTS_PER_NUMBER * number + n;
}

/** The number of a team start. Negative for a start of another kind. */
export function numberOfStart(start: number): number {
  return Math.floor((start - FIRST) / STARTS_PER_NUMBER);
}
