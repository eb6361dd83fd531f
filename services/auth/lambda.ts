import process from 'node:process';
import awsLambdaFastify from '@fastify/aws-lambda';
import { readSecretSettings } from './adapters/secrets.ts';
import { buildApp } from './app.ts';
import { parseConfig } from './config.ts';
import { createDeps } from './deps.ts';
import { LOGGER } from './logger.ts';

const secrets = await readSecretSettings(process.env['SECRET_ID'] ?? '');
const config = parseConfig({ ...process.env, ...secrets });
const app = await buildApp(await createDeps(config, new URL('./web/', import.meta.url)), LOGGER);

/** The same app behind an HTTP API (payload format 2.0). */
export const handler = awsLambdaFastify(app, { parseCommaSeparatedQueryParams: false });

await app.ready();
