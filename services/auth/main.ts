import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import closeWithGrace from 'close-with-grace';
import { type App, buildApp } from './app.ts';
import { OtherIssuerError } from './provider/discovery.ts';
import type { IdentityProvider } from './provider/identity-provider.ts';
import { type Config, ConfigError, parseConfig } from './settings/config.ts';
import { Environment } from './settings/environment.ts';
import { isPublicSuffix } from './settings/public-suffix.ts';
import { mustBe } from './settings/schema.ts';
import { TIME_LIMITS, type TimeLimits } from './settings/time-limits.ts';
import { createDeps, type Deps } from './wiring/deps.ts';
import { createLogDestination, LOGGER } from './wiring/logger.ts';
import { listenForMetrics } from './wiring/metrics.ts';
import { surroundings } from './wiring/surroundings.ts';

const IN_FILES = [
  ...['SIGNING_KEY', 'SIGNING_PUBLIC_KEY', 'LOGIN_SECRET', 'LOGIN_SECRET_PREVIOUS', 'OIDC_CLIENT_SECRET'],
];

/** `NAME_FILE` is the path of a file with the value of `NAME`. Container platforms mount secrets like this. */
function withFiles(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const settings: Record<string, string | undefined> = { ...env };
  for (const name of IN_FILES) {
    const path = env[`${name}_FILE`];
    if (!path) continue;
    try {
      settings[name] = readFileSync(path, 'utf8').trim();
    } catch {
      throw new ConfigError([`${name}_FILE names a file that cannot be read`]);
    }
  }
  return settings;
}

/** `localhost` means both loopback addresses, even if this machine's resolver knows only one. */
async function listen(app: App, alsoOnIpv6: Server, { host, port }: Config): Promise<void> {
  if (host !== 'localhost') {
    await app.listen({ host, port });
    return;
  }
  await app.listen({ host: '127.0.0.1', port });
  if (
    Object.values(networkInterfaces()).some((addresses) =>
      addresses?.some(({ address }) => address === '::1'),
    )
  ) {
    alsoOnIpv6.listen(port, '::1');
    await once(alsoOnIpv6, 'listening');
  }
}

async function serve(extend: Extend, limits: TimeLimits, builtPage: URL): Promise<void> {
  const config = parseConfig(withFiles(process.env), isPublicSuffix);
  const web = config.webDirectory ? pathToFileURL(`${config.webDirectory}/`) : builtPage;
  if (!existsSync(new URL('index.html', web)))
    throw new ConfigError([`WEB_DIRECTORY ${mustBe(Environment.properties.WEB_DIRECTORY)}`]);
  const how = { webDirectory: web, outlivesRequests: true, log: () => app.log };
  const deps = await createDeps(config, how, surroundings(config, limits));
  await compareIssuer(deps.identityProvider);
  const log = createLogDestination((text) => process.stdout.write(text));
  // The program that read the log may have ended. The service goes on.
  process.stdout.on('error', () => {});
  process.once('exit', log.flush);
  const app: App = await buildApp(deps, { ...LOGGER, stream: log });
  extend(app, deps);
  // The edge is told of a revocation at once. The schedule tells it what was missed, and what has expired.
  const runSchedule = () => void deps.schedule.run(limits.scheduleMs);
  // The first run is at once, since a process that was cut off may have left something behind.
  runSchedule();
  setInterval(runSchedule, limits.scheduleMs);
  // The app's own server takes over the connections to this server, so the same limits apply.
  const alsoOnIpv6 = createServer((socket) => app.server.emit('connection', socket));
  const { metrics } = deps;
  if (config.metricsListen && metrics) {
    metrics.collectDefaults();
    await listenForMetrics(() => metrics.text(deps), config.metricsListen);
  }
  // The process exits by itself after this, whatever else is open.
  closeWithGrace({ delay: 4_000 }, async ({ err }) => {
    if (err) app.log.error(err);
    alsoOnIpv6.close();
    // Requests that are under way get their answer. No new request is taken.
    await app.close();
  });
  await listen(app, alsoOnIpv6, config);
  // A parent that lives waits for this process. If the channel closes, the parent has gone, and this process ends at
  // once.
  process.once('disconnect', () => process.exit());
  process.send?.('ready');
}

/**
 * A provider that is down does not keep the service from starting. The issuer is then compared at its first answer.
 * @throws ConfigError if the provider has another issuer
 */
async function compareIssuer(provider: Pick<IdentityProvider, 'check'>): Promise<void> {
  try {
    await provider.check();
  } catch (error) {
    const cause = error instanceof GatewayError ? error.cause : undefined;
    if (cause instanceof OtherIssuerError) throw new ConfigError([`OIDC_ISSUER: ${cause.message}`]);
  }
}

/** Adds something to the app before it listens. */
type Extend = (app: App, deps: Deps) => void;

/** Runs the service with the settings of this process, until the process is told to end. */
export async function run(
  extend: Extend = () => {},
  limits = TIME_LIMITS,
  builtPage = new URL('../../dist/web/', import.meta.url),
): Promise<void> {
  try {
    await serve(extend, limits, builtPage);
  } catch (error) {
    explain(error);
    process.exit(1);
  }
}

function explain(error: unknown): void {
  if (error instanceof ConfigError) {
    for (const fault of error.faults) console.error(`configuration: ${fault}`);
  } else if (error instanceof Error && error.name === 'CredentialsProviderError') {
    console.error(
      'configuration: no AWS credentials: give the process a role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  } else if (error instanceof Error && 'port' in error && error.message.includes('EADDRINUSE')) {
    console.error(`configuration: port ${error.port} is taken; set PORT or METRICS_PORT to a free one`);
  } else {
    console.error(error);
  }
}

if (import.meta.main) await run();
