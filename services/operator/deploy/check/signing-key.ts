import { createPublicKey } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import { parsePublicKey } from '../../../../core/signing-key.ts';
import { errorName, type Finding, look } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import type { Subject } from './subject.ts';

const value = 'signingKmsKeyArn';
const ANOTHER = 'remove it and publicKeys from the values: npm run deploy then makes a key in KMS';

/** Checks the key in KMS: it can be used, it is P-256, and its public half is the first of `publicKeys`. */
export async function checkSigningKey({ values, isGiven, place }: Subject): Promise<Finding[]> {
  const { signingKmsKeyArn: keyId, publicKeys } = values;
  if (keyId === undefined || !isGiven(value)) return [];
  return look({ value }, 'kms:DescribeKey and kms:GetPublicKey', async () => {
    try {
      const client = new KMS({ ...CALLS, region: place.region });
      const { KeyMetadata: key } = await client.describeKey({ KeyId: keyId });
      if (key?.KeySpec !== 'ECC_NIST_P256' || key.KeyUsage !== 'SIGN_VERIFY') {
        const problem = `the key is ${key?.KeySpec} for ${key?.KeyUsage}, not ECC_NIST_P256 for SIGN_VERIFY`;
        return [{ value, problem, do: ANOTHER }];
      }
      if (key.KeyState !== 'Enabled') {
        const what = `enable it (aws kms enable-key, or cancel-key-deletion), or ${ANOTHER}`;
        return [{ value, problem: `the key is ${key.KeyState}`, do: what }];
      }
      const [first] = publicKeys;
      if (!isGiven('publicKeys') || !first) return [];
      const pem = await publicPem(keyId, place.region);
      if (parsePublicKey(first.pem).equals(parsePublicKey(pem))) return [];
      const problem = 'the first of publicKeys is not the public half of this key';
      return [{ value, problem, do: 'put the public half of this key first, or name the other key' }];
    } catch (error) {
      if (errorName(error) !== 'NotFoundException') throw error;
      return [{ value, problem: 'no key has this ARN', do: `correct it, or ${ANOTHER}` }];
    }
  });
}

/** The public half of a key in KMS, as PEM. */
export async function publicPem(keyId: string, region: string): Promise<string> {
  const { PublicKey = [] } = await new KMS({ ...CALLS, region }).getPublicKey({ KeyId: keyId });
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
