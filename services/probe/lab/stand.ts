import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Signer } from '../../auth/domain/ports.ts';
import { signedPolicy } from '../../auth/domain/signed-policy.ts';
import type { KeyValuePlace } from '../key-values.ts';
import type { LabKeys } from './template.ts';

/** The lab's stack, wherever it runs. */
export interface LabStand {
  /** What viewers type. */
  origin: string;
  /** Where that is, if no name leads there. */
  at?: { hostname: string; port: number };
  keyPairIds: { ec: string; rsa: string };
  keyValues: KeyValuePlace;
}

export interface LabKeyPairs {
  ec: KeyObject;
  rsa: KeyObject;
  publicPems: LabKeys;
}

/** They live as long as this process. */
export function newLabKeys(): LabKeyPairs {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
  return {
    ec: ec.privateKey,
    rsa: rsa.privateKey,
    publicPems: { ec: pem(ec.publicKey), rsa: pem(rsa.publicKey) },
  };
}

/** Signs as the hash's name says, also where CloudFront would not take it. */
export function labSigner(key: KeyObject, keyPairId: string, hash: 'SHA1' | 'SHA256'): Signer {
  return {
    async sign(policy) {
      const signature = sign(hash.toLowerCase(), Buffer.from(policy), key);
      return signedPolicy(policy, signature, {
        keyPairId,
        ...(hash === 'SHA256' ? { hashAlgorithm: 'SHA256' } : {}),
      });
    },
  };
}
