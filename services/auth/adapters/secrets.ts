import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * Settings that must not stand in a template: a Secrets Manager secret that is a JSON object of strings, named as
 * the environment variables are.
 */
export async function readSecretSettings(secretId: string): Promise<Record<string, string>> {
  const { SecretString } = await new SecretsManagerClient({}).send(
    new GetSecretValueCommand({ SecretId: secretId }),
  );
  const parsed: unknown = JSON.parse(SecretString ?? 'null');
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the secret is not a JSON object');
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}
