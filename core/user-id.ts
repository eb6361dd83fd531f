import { createHash } from 'node:crypto';
import { isUserId } from './canonical-path.ts';

declare const userIdBrand: unique symbol;
/** A user's id: 1 to 64 of `[A-Za-z0-9_-]`. No character of it has a meaning for a policy, a path or a log. */
export type UserId = string & { readonly [userIdBrand]: true };

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const DERIVED_LENGTH = 26;
const DERIVED = /^[a-z2-7]{26}$/;

/** @throws TypeError, also if the value is not a string: nobody must get the folder of `undefined` */
export function parseUserId(rawId: string): UserId {
  if (typeof rawId !== 'string' || !isUserId(rawId))
    throw new TypeError('a user id is 1 to 64 of A-Z, a-z, 0-9, _ and -');
  return rawId as UserId;
}

/** Undefined for a text that is no id. */
export function toUserId(rawId: string): UserId | undefined {
  return isUserId(rawId) ? parseUserId(rawId) : undefined;
}

/** OpenID Connect Core 1.0, section 2: at most 255 ASCII characters. Case counts. */
export function isSubject(rawSubject: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(rawSubject);
}

/**
 * The id of a provider's subject: base32 (RFC 4648, lower case) of the first 130 bits of SHA-256 over issuer, NUL and
 * subject, byte for byte. Two subjects share an id only if SHA-256 collides in 130 bits.
 * @throws TypeError that names the argument, if it is empty, or holds a NUL or half of a surrogate pair. The NUL
 *   separates the two arguments, and UTF-8 does not know half of a pair, so two users could get the same bytes
 */
export function deriveUserId(issuer: string, subject: string): UserId {
  return parseUserId(hashedId({ issuer, subject }));
}

/**
 * Base32 of SHA-256 over the texts, with a NUL between two of them.
 * @throws TypeError that names the text
 */
export function hashedId(texts: Record<string, string>): string {
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== 'string' || text === '' || text.includes('\0') || !text.isWellFormed()) {
      throw new TypeError(`${name} must be text without a NUL or half of a surrogate pair, and not empty`);
    }
  }
  return base32Of(createHash('sha256').update(Object.values(texts).join('\0')).digest());
}

/** Base32 (RFC 4648, lower case) of the first 130 bits. */
export function base32Of(bytes: Uint8Array): string {
  const whole = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const digits = (whole >> BigInt(8 * bytes.length - 5 * DERIVED_LENGTH)).toString(32);
  const toBase32 = (digit: string) => BASE32.charAt(Number.parseInt(digit, 32));
  return digits.padStart(DERIVED_LENGTH, '0').replace(/./g, toBase32);
}

/**
 * The id in a provider's claim (`USER_ID_CLAIM`). Undefined if its value cannot be an id. A value that looks like a
 * derived id is refused, since it could be somebody else's id.
 */
export function userIdFromClaim(rawValue: unknown): UserId | undefined {
  return typeof rawValue === 'string' && isUserId(rawValue) && !DERIVED.test(rawValue)
    ? parseUserId(rawValue)
    : undefined;
}
