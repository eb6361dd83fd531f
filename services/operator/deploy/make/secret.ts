import { randomBytes, randomUUID } from 'node:crypto';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { errorName } from '../around/finding.ts';
import { CALLS } from '../around/place.ts';
import { DeployError, type Making, TAG } from './making.ts';

/**
 * Makes the secret of the service: the client secret, which it asks a person for, and a new `LOGIN_SECRET`. A secret of
 * an earlier run has the same name, and is taken as it is.
 */
export async function makeSecret(making: Making, ask: () => Promise<string>): Promise<void> {
  const { stackName, place, write, say } = making;
  const client = new SecretsManager({ ...CALLS, region: place.region });
  const Name = `${stackName}/settings`;
  const found = await findSecret(client, Name);
  if (found) say(`secret ${Name}: an earlier run made it`);
  write({ secretArn: found ?? (await create(client, Name, stackName, ask, say)) });
}

async function create(
  client: SecretsManager,
  Name: string,
  stackName: string,
  ask: () => Promise<string>,
  say: Making['say'],
): Promise<string> {
  const members = { OIDC_CLIENT_SECRET: await ask(), LOGIN_SECRET: randomBytes(32).toString('base64url') };
  const { ARN } = await client.createSecret({
    Name,
    SecretString: JSON.stringify(members),
    // If the SDK repeats the call, no second secret is made.
    ClientRequestToken: randomUUID(),
    Tags: [{ Key: TAG, Value: stackName }],
  });
  if (!ARN) throw new DeployError('Secrets Manager gave the secret no ARN: run it again');
  say(`secret ${Name}: made`);
  return ARN;
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
