import process from 'node:process';
import { run } from '../../auth/main.ts';
import { askForDecisions } from './decisions.ts';
import { demonstrationRoutes } from './routes.ts';

/** The auth service of the local stack: the one that is deployed, and beside it what the demonstration strip asks for. */
await run((app, deps) =>
  demonstrationRoutes(app, deps, {
    edge: { port: Number(process.env['EDGE_PORT']), host: new URL(deps.config.origins.files).host },
    decisionsSince: askForDecisions,
  }),
);
