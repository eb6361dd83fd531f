import { CompactEncrypt, compactDecrypt } from 'jose';
import type { LoginSealer } from '../domain/ports.ts';

/** Login transactions as JWE (RFC 7516): `dir` with A256GCM under a key of 32 bytes. */
export function createLoginSealer(key: Uint8Array): LoginSealer {
  return {
    seal: (transaction) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(transaction)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(key),
    async open(sealed) {
      try {
        const { plaintext } = await compactDecrypt(sealed, key, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        });
        return JSON.parse(new TextDecoder().decode(plaintext));
      } catch {
        return undefined;
      }
    },
  };
}
