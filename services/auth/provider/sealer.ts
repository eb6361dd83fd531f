import { createHmac, createSecretKey, hkdfSync, subtle, timingSafeEqual } from 'node:crypto';
import { lazily } from '../lazily.ts';
import type { TokenMac } from '../sessions/secret-token.ts';

const jose = lazily(() => import('jose'));

export type Sealer = ReturnType<typeof createSealer>;

/**
 * Seals data for this service only: a login under way, in the browser; the provider's tokens, in the table. It is a JWE
 * (RFC 7516): `dir` with A256GCM under a key of 32 bytes.
 * @param keys the first key seals, all keys open: an old key still opens what it has sealed
 */
export function createSealer([first, ...others]: [Uint8Array, ...Uint8Array[]]) {
  // jose would import the bytes again at each call.
  const imported = (key: Uint8Array) =>
    lazily(() => subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']));
  const sealing = imported(first);
  const opening = [sealing, ...others.map(imported)];

  async function openWith(key: typeof sealing, sealed: string): Promise<unknown> {
    const { compactDecrypt } = await jose();
    const { plaintext } = await compactDecrypt(sealed, await key(), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return JSON.parse(new TextDecoder().decode(plaintext));
  }

  return {
    async seal(content: object): Promise<string> {
      const { CompactEncrypt } = await jose();
      return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(await sealing());
    },
    /** Undefined for a text that this service did not seal. */
    async open(sealed: string): Promise<unknown> {
      for (const key of opening) {
        try {
          return await openWith(key, sealed);
        } catch {
          // Another key sealed this.
        }
      }
      return undefined;
    },
  };
}

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

/** A stranger's text may have as many characters as a MAC, and more bytes. */
function isSame(one: string, other: string): boolean {
  const [oneBytes, otherBytes] = [Buffer.from(one), Buffer.from(other)];
  return oneBytes.length === otherBytes.length && timingSafeEqual(oneBytes, otherBytes);
}
