import process from 'node:process';
import awsLambdaFastify from '@fastify/aws-lambda';
import { readSecretSettings } from './adapters/secrets.ts';
import { type App, buildApp } from './app.ts';
import { parseConfig } from './config.ts';
import { createDeps } from './deps.ts';
import { EDGE_NOT_TOLD, LOGGER } from './logger.ts';

/** What a run of the schedule leaves of the function's time, in milliseconds, for its last step and its answer. */
const RESERVE_MS = 5_000;

const secrets = await readSecretSettings(process.env['SECRET_ID'] ?? '');
const config = parseConfig({ ...process.env, ...secrets });
const deps = await createDeps(config, {
  webDirectory: new URL('./web/', import.meta.url),
  // An instance is frozen once it has answered.
  outlivesRequests: false,
  onEdgeError: (error) => app.log.error(error, EDGE_NOT_TOLD),
});
const app: App = await buildApp(deps, LOGGER);
const serve = awsLambdaFastify(app, { parseCommaSeparatedQueryParams: false });

/** The same app behind an HTTP API (payload format 2.0); by a schedule of EventBridge it finishes what was left behind. */
export async function handler(
  event: unknown,
  context: { getRemainingTimeInMillis(): number },
): Promise<unknown> {
  const isSchedule =
    typeof event === 'object' && event !== null && 'source' in event && event.source === 'aws.events';
  if (!isSchedule) return serve(event, context);
  const report = await deps.schedule.run(context.getRemainingTimeInMillis() - RESERVE_MS);
  app.log.info(report, 'schedule');
  return report;
}

await app.ready();
