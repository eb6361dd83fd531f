import { lazily } from '../domain/lazily.ts';
import type { Sealer } from '../domain/ports.ts';

const jose = lazily(() => import('jose'));

/**
 * JWE (RFC 7516): `dir` with A256GCM under a key of 32 bytes.
 * @param keys the first key seals, all keys open: an old key still opens what it has sealed
 */
export function createSealer(keys: [Uint8Array, ...Uint8Array[]]): Sealer {
  async function openWith(key: Uint8Array, sealed: string): Promise<unknown> {
    const { compactDecrypt } = await jose();
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return JSON.parse(new TextDecoder().decode(plaintext));
  }

  return {
    async seal(content) {
      const { CompactEncrypt } = await jose();
      return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(keys[0]);
    },
    async open(sealed) {
      for (const key of keys) {
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
