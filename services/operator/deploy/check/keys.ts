import { createPublicKey } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { isKeyPair, parsePublicKey, parseSigningKey } from '@cloudfront-cookie-gateway/core/signing-key';
import { errorName, type Finding, look } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import type { Subject } from './subject.ts';

const value = 'secretArn';
const KEY = 'signingKmsKeyArn';
const KEYS_OF_ITS_OWN = 'docs/deploy.md, "Keys and secrets of your own"';
const ANOTHER = 'remove it and publicKeys from the values: npm run deploy then makes a key in KMS';

/**
 * Checks the secret: it can be read, its key may be used by the service, and it has the members that the service needs.
 * The secret is never shown.
 */
export async function checkSecret(subject: Subject): Promise<Finding[]> {
  const { values, place } = subject;
  const { secretArn: SecretId } = values;
  if (SecretId === undefined) return missingSecret(subject);
  return look({ value }, 'secretsmanager:DescribeSecret and secretsmanager:GetSecretValue', async () => {
    const client = new SecretsManager({ ...CALLS, region: place.region });
    try {
      const { KmsKeyId, DeletedDate } = await client.describeSecret({ SecretId });
      if (DeletedDate) {
        const what = `aws secretsmanager restore-secret --secret-id ${SecretId}`;
        return [{ value, problem: 'the secret is scheduled for deletion', do: what }];
      }
      const { SecretString } = await client.getSecretValue({ SecretId });
      return [...keyFaults(KmsKeyId), ...memberFaults(SecretString, subject)];
    } catch (error) {
      if (errorName(error) !== 'ResourceNotFoundException') throw error;
      const what = 'correct it, or remove it: npm run deploy then makes a secret';
      return [{ value, problem: 'no secret has this ARN, or it has no value', do: what }];
    }
  });
}

function missingSecret({ values }: Subject): Finding[] {
  if (values.publicKeys === undefined || values.signingKmsKeyArn !== undefined) return [];
  const what = `make the secret with SIGNING_KEY (${KEYS_OF_ITS_OWN}), or remove publicKeys: npm run deploy then makes a key in KMS`;
  return [{ value, problem: 'is missing, and only you have the private half of publicKeys', do: what }];
}

function keyFaults(keyId: string | undefined): Finding[] {
  if (keyId === undefined || keyId.endsWith('alias/aws/secretsmanager')) return [];
  const problem = 'the secret is encrypted with a key of its own, which the service has no right to use';
  const what = 'aws secretsmanager update-secret --kms-key-id alias/aws/secretsmanager --secret-id <its ARN>';
  return [{ value, problem, do: what }];
}

function memberFaults(text: string | undefined, subject: Subject): Finding[] {
  const members = parseMembers(text);
  if (!members) {
    const what = `make it anew: ${KEYS_OF_ITS_OWN}`;
    return [{ value, problem: 'the secret is not one JSON object of strings', do: what }];
  }
  const faults: string[] = [];
  for (const name of ['OIDC_CLIENT_SECRET', 'LOGIN_SECRET']) {
    if (!members[name]) faults.push(`the secret has no ${name}`);
  }
  if (members['LOGIN_SECRET'] && Buffer.from(members['LOGIN_SECRET'], 'base64url').length !== 32) {
    faults.push('LOGIN_SECRET in the secret is not 32 bytes as base64url');
  }
  faults.push(...signingKeyFaults(members['SIGNING_KEY'], subject));
  return faults.map((problem) => ({ value, problem, do: `make a new secret: ${KEYS_OF_ITS_OWN}` }));
}

function signingKeyFaults(pem: string | undefined, { values }: Subject): string[] {
  const isInKms = values.signingKmsKeyArn !== undefined || values.publicKeys === undefined;
  if (isInKms)
    return pem ? ['the secret has SIGNING_KEY, but the key in KMS signs: only one key may sign'] : [];
  if (!pem) return ['the secret has no SIGNING_KEY, and the values no signingKmsKeyArn'];
  try {
    const privateKey = parseSigningKey(pem);
    const isFirst = isKeyPair(privateKey, parsePublicKey(values.publicKeys?.[0]?.pem ?? ''));
    return isFirst ? [] : ['SIGNING_KEY in the secret is not the private half of the first of publicKeys'];
  } catch {
    return ['SIGNING_KEY in the secret is not a private key as PEM, ECDSA P-256 or RSA 2048'];
  }
}

function parseMembers(text: string | undefined): Record<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const members = Object.entries(parsed);
    return members.every(([, member]) => typeof member === 'string')
      ? Object.fromEntries(members)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Checks the key in KMS: it can be used, it is P-256, and its public half is the first of `publicKeys`. */
export async function checkSigningKey({ values, place }: Subject): Promise<Finding[]> {
  const { signingKmsKeyArn: keyId, publicKeys = [] } = values;
  if (keyId === undefined) return [];
  return look({ value: KEY }, 'kms:DescribeKey and kms:GetPublicKey', async () => {
    try {
      const client = new KMS({ ...CALLS, region: place.region });
      const { KeyMetadata: key } = await client.describeKey({ KeyId: keyId });
      if (key?.KeySpec !== 'ECC_NIST_P256' || key.KeyUsage !== 'SIGN_VERIFY') {
        const problem = `the key is ${key?.KeySpec} for ${key?.KeyUsage}, not ECC_NIST_P256 for SIGN_VERIFY`;
        return [{ value: KEY, problem, do: ANOTHER }];
      }
      if (key.KeyState !== 'Enabled') {
        const what = `enable it (aws kms enable-key, or cancel-key-deletion), or ${ANOTHER}`;
        return [{ value: KEY, problem: `the key is ${key.KeyState}`, do: what }];
      }
      const [first] = publicKeys;
      if (!first) return [];
      const pem = await publicPem(keyId, place.region);
      if (parsePublicKey(first.pem).equals(parsePublicKey(pem))) return [];
      const problem = 'the first of publicKeys is not the public half of this key';
      return [{ value: KEY, problem, do: 'put the public half of this key first, or name the other key' }];
    } catch (error) {
      if (errorName(error) !== 'NotFoundException') throw error;
      return [{ value: KEY, problem: 'no key has this ARN', do: `correct it, or ${ANOTHER}` }];
    }
  });
}

/** The public half of a key in KMS, as PEM. */
export async function publicPem(keyId: string, region: string): Promise<string> {
  const { PublicKey = [] } = await new KMS({ ...CALLS, region }).getPublicKey({ KeyId: keyId });
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
