import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { parseStackValues, type StackValues } from '../../infra/values.ts';

/** A signing key of the tests. The key pair id is the name of the public key in the template. */
export interface TestKey {
  keyPairId: string;
  privateKey: KeyObject;
  publicPem: string;
}

export function ecKey(keyPairId: string): TestKey {
  return toTestKey(keyPairId, generateKeyPairSync('ec', { namedCurve: 'P-256' }));
}

export function rsaKey(keyPairId: string): TestKey {
  return toTestKey(keyPairId, generateKeyPairSync('rsa', { modulusLength: 2048 }));
}

function toTestKey(keyPairId: string, pair: { publicKey: KeyObject; privateKey: KeyObject }): TestKey {
  return {
    keyPairId,
    privateKey: pair.privateKey,
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** Values of a stack on this machine. */
export function localValues(keys: TestKey[], changes: Partial<StackValues> = {}): StackValues {
  return parseStackValues({
    appOrigin: 'http://localhost:3000',
    filesOrigin: 'http://localhost:8080',
    appCertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000',
    filesCertificateArn:
      'arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000',
    oidcIssuer: 'http://localhost:9000',
    oidcClientId: 'gateway',
    allow: 'everybody',
    secretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:local-000000',
    publicKeys: keys.map(({ keyPairId, publicPem }) => ({ name: keyPairId, pem: publicPem })),
    bucketName: 'gateway-files',
    keepDeletedDays: 0,
    ...changes,
  });
}
