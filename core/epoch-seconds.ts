declare const epochSecondsBrand: unique symbol;
/** Whole seconds since 1970, the only unit of time that CloudFront knows. The type does not take milliseconds. */
export type EpochSeconds = number & { readonly [epochSecondsBrand]: true };

/** A larger number is milliseconds that somebody forgot to divide (year 5138). */
const LATEST = 100_000_000_000;

/** @throws RangeError if the value is not whole seconds, or is so large that it must be milliseconds */
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

/** A time in the form of the answers (RFC 3339). */
export function toInstant(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString();
}
