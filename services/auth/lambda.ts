import process from 'node:process';
import awsLambdaFastify from '@fastify/aws-lambda';
import { readSecretSettings } from './adapters/secrets.ts';
import { type App, buildApp } from './app.ts';
import { parseConfig } from './config.ts';
import { createDeps } from './deps.ts';
import { EDGE_NOT_TOLD, LOGGER } from './logger.ts';

const secrets = await readSecretSettings(process.env['SECRET_ID'] ?? '');
const config = parseConfig({ ...process.env, ...secrets });
const deps = await createDeps(config, new URL('./web/', import.meta.url), (error) =>
  app.log.error(error, EDGE_NOT_TOLD),
);
const app: App = await buildApp(deps, LOGGER);
const serve = awsLambdaFastify(app, { parseCommaSeparatedQueryParams: false });

/** The same app behind an HTTP API (payload format 2.0); by a schedule of EventBridge it reconciles the edge. */
export async function handler(event: unknown, context: unknown): Promise<unknown> {
  const isSchedule =
    typeof event === 'object' && event !== null && 'source' in event && event.source === 'aws.events';
  return isSchedule ? { reconciled: await deps.revocations.reconcile() } : serve(event, context);
}

await app.ready();
