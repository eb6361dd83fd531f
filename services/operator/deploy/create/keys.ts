import { randomBytes } from 'node:crypto';
import { KMS, paginateListKeys } from '@aws-sdk/client-kms';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { errorName } from '../aws/finding.ts';
import { CALLS } from '../aws/place.ts';
import { publicPem } from '../check/keys.ts';
import { type Creation, DeployError, TAG, tagsOf } from './creation.ts';

/**
 * Makes the secret of the service: the client secret, which it asks a person for, and a new `LOGIN_SECRET`. A secret of
 * an earlier run has the same name, and is taken as it is.
 */
export async function createSecret(creation: Creation, ask: () => Promise<string>): Promise<void> {
  const { stackName, place, write, say } = creation;
  // If the SDK repeats a call, it gives the same token, and no second secret is made.
  const client = new SecretsManager({ ...CALLS, region: place.region });
  const Name = `${stackName}/settings`;
  const found = await findSecret(client, Name);
  if (found) say(`secret ${Name}: an earlier run made it`);
  if (found) return write({ secretArn: found });

  const members = { OIDC_CLIENT_SECRET: await ask(), LOGIN_SECRET: randomBytes(32).toString('base64url') };
  const { ARN } = await client.createSecret({
    Name,
    SecretString: JSON.stringify(members),
    Tags: tagsOf(creation),
  });
  if (!ARN) throw new DeployError('Secrets Manager gave the secret no ARN: run it again');
  say(`secret ${Name}: made`);
  write({ secretArn: ARN });
}

async function findSecret(client: SecretsManager, name: string): Promise<string | undefined> {
  try {
    const { ARN, DeletedDate } = await client.describeSecret({ SecretId: name });
    if (!DeletedDate) return ARN;
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
  throw new DeployError(
    `the secret ${name} is scheduled for deletion: aws secretsmanager restore-secret --secret-id ${name}, or wait until it is gone`,
  );
}

/** Makes a P-256 key in KMS that signs, and writes its public half as the first of `publicKeys`. */
export async function createSigningKey(creation: Creation, given: string | undefined): Promise<void> {
  const { place, write, say } = creation;
  let arn = given ?? (await findKey(creation));
  if (arn && !given) say('signing key: an earlier run made it');
  if (!arn) {
    arn = await createKey(creation);
    say('signing key: made in AWS KMS');
  }
  write({ signingKmsKeyArn: arn });
  const pem = await whenKnown(creation, () => publicPem(arn, place.region));
  write({ publicKeys: [{ name: 'key-1', pem }] });
}

async function createKey(creation: Creation): Promise<string> {
  const { stackName, place } = creation;
  // CreateKey takes no token, so a second call after a lost answer would make a second key. The next run finds the
  // first key.
  const client = new KMS({ ...CALLS, maxAttempts: 1, region: place.region });
  const { KeyMetadata } = await client.createKey({
    KeySpec: 'ECC_NIST_P256',
    KeyUsage: 'SIGN_VERIFY',
    Description: `Signs the cookies of ${stackName}`,
    Tags: tagsOf(creation).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })),
  });
  if (!KeyMetadata?.Arn) throw new DeployError('AWS KMS gave the key no ARN: run it again');
  return KeyMetadata.Arn;
}

async function findKey({ stackName, place }: Creation): Promise<string | undefined> {
  const client = new KMS({ ...CALLS, region: place.region });
  for await (const { Keys = [] } of paginateListKeys({ client }, {})) {
    for (const { KeyId, KeyArn } of Keys) {
      if (KeyId && KeyArn && (await isOurs(client, KeyId, stackName))) return KeyArn;
    }
  }
  return undefined;
}

async function isOurs(client: KMS, KeyId: string, stackName: string): Promise<boolean> {
  try {
    const { Tags = [] } = await client.listResourceTags({ KeyId });
    if (!Tags.some(({ TagKey, TagValue }) => TagKey === TAG && TagValue === stackName)) return false;
    const { KeyMetadata } = await client.describeKey({ KeyId });
    return KeyMetadata?.KeyState === 'Enabled';
  } catch (error) {
    // The key policy of a foreign key may keep these credentials out.
    if (errorName(error) === 'AccessDeniedException') return false;
    throw error;
  }
}

const KNOWN_AFTER_MS = 2_000;

/** KMS is eventually consistent: a new key may be unknown for some seconds. */
async function whenKnown(creation: Creation, read: () => Promise<string>): Promise<string> {
  for (let left = 10; ; left--) {
    try {
      return await read();
    } catch (error) {
      if (errorName(error) !== 'NotFoundException' || left === 0) throw error;
      await creation.wait(KNOWN_AFTER_MS);
    }
  }
}
