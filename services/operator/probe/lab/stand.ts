import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Signer, signedPolicy } from '../../../../core/signed-policy.ts';
import type { KeyValuePlace } from '../key-values.ts';
import type { LabKeys } from './template.ts';

/** The lab's stack, on AWS or on this machine. */
export interface LabStand {
  /** The origin that viewers use. */
  origin: string;
  /** Its address, if no name resolves to it. */
  at?: { hostname: string; port: number };
  keyPairIds: { ec: string; rsa: string };
  keyValues: KeyValuePlace;
}

export interface LabKeyPairs {
  ec: KeyObject;
  rsa: KeyObject;
  publicPems: LabKeys;
}

/** These keys live as long as this process. */
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

/** Signs with this hash, also if CloudFront would not accept it. */
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
