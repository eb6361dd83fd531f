import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { run } from '@cloudfront-cookie-gateway/auth/main';
import { ConfigError } from '@cloudfront-cookie-gateway/auth/settings/config';
import { TIME_LIMITS } from '@cloudfront-cookie-gateway/auth/settings/time-limits';
import { isDevelopmentOrigin } from '@cloudfront-cookie-gateway/core/origins';
import { demonstrationRoutes } from './routes.ts';

/** The auth service of the local stack: the deployed service, and the endpoints of the demonstration strip. */
await run(
  (app, deps) => {
    const { origins } = deps.config;
    if (!isDevelopmentOrigin(origins.app)) {
      throw new ConfigError(['APP_ORIGIN is a public name, and the demonstration is for this machine']);
    }
    // `alice` and `bob` exist at the local provider only.
    if (process.env['DEMO_WITHOUT_PEOPLE']) return;
    demonstrationRoutes(app, deps, Number(process.env['EDGE_PORT']));
  },
  TIME_LIMITS,
  pathToFileURL(`${process.env['DEMO_DIRECTORY']}/`),
);
