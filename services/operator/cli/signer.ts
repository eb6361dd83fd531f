import { readFileSync } from 'node:fs';
import { KMS } from '@aws-sdk/client-kms';
import { createKeySigner } from '@cloudfront-cookie-gateway/auth/cookies/key-signer';
import { createKmsSigner } from '@cloudfront-cookie-gateway/auth/cookies/kms-signer';
import type { Signer } from '@cloudfront-cookie-gateway/core/policy-signer';
import { OptionError } from '@cloudfront-cookie-gateway/core/signing-key';
import { readKeys } from '@cloudfront-cookie-gateway/keys/key-files';
import { type Environment, UsageError } from './command-line.ts';

/**
 * The key that signs for a command: `KEY_PAIR_ID` with `SIGNING_KEY_FILE` or `SIGNING_KMS_KEY_ID`; without them, the
 * local stack's key.
 * @throws UsageError
 */
export async function commandSigner(env: Environment, keysDirectory: string): Promise<Signer> {
  const { KEY_PAIR_ID: keyPairId, SIGNING_KEY_FILE: file = '', SIGNING_KMS_KEY_ID: keyId } = env;
  if (!keyPairId && !file && !keyId) return localSigner(keysDirectory);
  if (!keyPairId || Boolean(file) === Boolean(keyId)) {
    throw new UsageError(
      'set both KEY_PAIR_ID and one of SIGNING_KEY_FILE and SIGNING_KMS_KEY_ID, or none of them for the local keys',
    );
  }
  try {
    if (keyId) return await createKmsSigner({ client: new KMS({}), keyId, keyPairId });
    return createKeySigner({ keyPairId, privateKey: readFileSync(file, 'utf8') });
  } catch (cause) {
    const setting = keyId ? 'SIGNING_KMS_KEY_ID' : 'SIGNING_KEY_FILE';
    if (cause instanceof OptionError) throw new UsageError(`${setting} ${cause.fault}`, { cause });
    if (keyId) throw new UsageError('AWS KMS does not give the key that SIGNING_KMS_KEY_ID names', { cause });
    throw new UsageError('SIGNING_KEY_FILE names a file that cannot be read', { cause });
  }
}

function localSigner(keysDirectory: string): Signer {
  const [current] = readKeys(keysDirectory);
  if (!current) throw new UsageError('there are no keys in .local/keys: run npm start or npm run build once');
  return createKeySigner({ keyPairId: current.keyPairId, privateKey: current.privatePem });
}
