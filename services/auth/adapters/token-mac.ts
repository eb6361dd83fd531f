import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { TokenMac } from '../domain/secret-token.ts';

/** Keeps this key apart from other keys of the same secret (RFC 5869, section 3.2). */
const LABEL = 'cloudfront-cookie-gateway: MAC of tokens';
const MAC_BYTES = 16;

/**
 * HMAC-SHA-256, cut to 128 bits (RFC 2104, section 5), in base64url.
 * @param secrets the first secret makes MACs, all secrets check them: an old secret still knows what it has made
 */
export function createTokenMac(secrets: [Uint8Array, ...Uint8Array[]]): TokenMac {
  const keys = secrets.map((secret) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', LABEL, 32))),
  );
  const macBy = (key: (typeof keys)[number] | undefined, text: string) => {
    if (key === undefined) throw new Error('there is no key');
    return createHmac('sha256', key).update(text).digest().subarray(0, MAC_BYTES).toString('base64url');
  };
  return {
    of: (text) => macBy(keys[0], text),
    holds: (text, mac) => keys.some((key) => isSame(macBy(key, text), mac)),
  };
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
