import process from 'node:process';
import { ConfigError } from '../../auth/config.ts';
import { isDevelopmentOrigin } from '../../auth/domain/origins.ts';
import { run } from '../../auth/main.ts';
import { askForDecisions } from './decisions.ts';
import { demonstrationRoutes } from './routes.ts';

/** The auth service of the local stack: the one that is deployed, and beside it what the demonstration strip asks for. */
await run((app, deps) => {
  const { origins } = deps.config;
  if (!isDevelopmentOrigin(origins.app)) {
    throw new ConfigError(['APP_ORIGIN is a public name, and the demonstration is for this machine']);
  }
  demonstrationRoutes(app, deps, {
    edge: { port: Number(process.env['EDGE_PORT']), host: new URL(origins.files).host },
    decisionsSince: askForDecisions,
  });
});
