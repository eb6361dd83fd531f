import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * Reads the settings that must not stand in a template. They are a Secrets Manager secret: a JSON object of strings,
 * whose members have the names of the environment variables.
 */
export async function readSecretSettings(secretId: string): Promise<Record<string, string>> {
  const { SecretString } = await new SecretsManagerClient({}).send(
    new GetSecretValueCommand({ SecretId: secretId }),
  );
  const parsed: unknown = JSON.parse(SecretString ?? 'null');
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the secret is not a JSON object');
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}
