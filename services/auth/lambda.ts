import process from 'node:process';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import awsLambdaFastify from '@fastify/aws-lambda';
import { type App, buildApp } from './app.ts';
import { parseConfig } from './settings/config.ts';
import { createDeps } from './wiring/deps.ts';
import { LOGGER } from './wiring/logger.ts';

const secrets = await readSecretSettings(process.env['SECRET_ID'] ?? '');
// The build has already looked for the app host in the list of public suffixes.
const config = parseConfig({ ...process.env, ...secrets }, () => false);
const deps = await createDeps(config, {
  webDirectory: new URL('./web/', import.meta.url),
  outlivesRequests: false,
  log: () => app.log,
});
const app: App = await buildApp(deps, LOGGER);
const serve = awsLambdaFastify(app, {
  parseCommaSeparatedQueryParams: false,
  // Pictures, fonts and compressed files of a page are binary.
  enforceBase64: ({ headers }) =>
    'content-encoding' in headers ||
    !/^(?:text\/|application\/(?:problem\+)?json)/.test(String(headers['content-type'])),
});

/** The same app behind an HTTP API (payload format 2.0). */
export async function handler(event: unknown, context: unknown): Promise<unknown> {
  return serve(event, context);
}

await app.ready();

/**
 * Reads the settings that must not stand in a template. They are a Secrets Manager secret: a JSON object of strings,
 * whose members have the names of the environment variables.
 */
async function readSecretSettings(secretId: string): Promise<Record<string, string>> {
  const { SecretString } = await new SecretsManagerClient({}).send(
    new GetSecretValueCommand({ SecretId: secretId }),
  );
  const parsed: unknown = JSON.parse(SecretString ?? 'null');
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the secret is not a JSON object');
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}
