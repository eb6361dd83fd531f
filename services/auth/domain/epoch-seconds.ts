declare const epochSecondsBrand: unique symbol;
/** Whole seconds since 1970, the only unit of time that CloudFront knows; milliseconds are not assignable to it. */
export type EpochSeconds = number & { readonly [epochSecondsBrand]: true };

/** Seconds that are later than this are milliseconds that somebody forgot to divide (year 5138). */
const LATEST = 100_000_000_000;

/** @throws RangeError where the value is not whole seconds, or so large that it must be milliseconds */
export function parseEpochSeconds(rawSeconds: number): EpochSeconds {
  if (!Number.isSafeInteger(rawSeconds) || rawSeconds < 0 || rawSeconds > LATEST) {
    throw new RangeError('CloudFront wants whole seconds since 1970');
  }
  return rawSeconds as EpochSeconds;
}

/** @param milliseconds since 1970, as `Date.now()` gives them */
export function toEpochSeconds(milliseconds: number): EpochSeconds {
  return parseEpochSeconds(Math.floor(milliseconds / 1_000));
}

export function nowEpoch({ clock }: { clock: { now(): number } }): EpochSeconds {
  return toEpochSeconds(clock.now());
}

/** As answers have it (RFC 3339). */
export function toInstant(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
