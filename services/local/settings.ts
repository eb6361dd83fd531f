import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { isPublicSuffix } from '@cloudfront-cookie-gateway/auth/settings/public-suffix';
import { cookieSeconds, keptDays, schemaFaults } from '@cloudfront-cookie-gateway/auth/settings/schema';
import { issuerFault } from '@cloudfront-cookie-gateway/core/issuer';
import {
  faultLine,
  isDevelopmentHost,
  namedOrigins,
  originFaults,
  USUAL_PORTS,
} from '@cloudfront-cookie-gateway/core/origins';
import { COOKIE_SECONDS, KEPT_DAYS } from '@cloudfront-cookie-gateway/core/time-bounds';
import { KeyFileError } from '@cloudfront-cookie-gateway/keys/key-files';
import { type Assumptions, parseAssumptions } from '@cloudfront-cookie-gateway/local-cloudfront/assumptions';
import { listenOnLoopback, PortTakenError } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';
import { NATIVE_CLIENT_ID } from './state.ts';
import { diskFault, UnreadableStoreError } from './store/error.ts';

/** The variable that moves each port, and the port without it. */
export const PORT_VARIABLES = {
  app: ['APP_PORT', USUAL_PORTS.app],
  edge: ['EDGE_PORT', USUAL_PORTS.files],
  identityProvider: ['IDP_PORT', 9000],
  dynamodb: ['DYNAMODB_PORT', 8000],
  s3: ['S3_PORT', 9090],
  cloudFrontApi: ['CLOUDFRONT_API_PORT', 9080],
} as const;

type PortName = keyof typeof PORT_VARIABLES;
export type Ports = Record<PortName, number>;

export const PORT_NAMES: PortName[] = ['app', 'edge', 'identityProvider', 'dynamodb', 's3', 'cloudFrontApi'];

export interface LocalSettings {
  ports: Ports;
  appOrigin: string;
  filesOrigin: string;
  /** App, files and S3 use HTTPS, with a certificate of their own. */
  https: boolean;
  cookieLifetimeSeconds: number;
  browserCache?: 'revalidate';
  /** The days for which the bucket keeps deleted and replaced files. 0 means none. */
  keepDeletedDays: number;
  /** Where the bucket's events are posted. */
  eventsUrl?: string;
  /** Files are served once the stand-in scanner has found them clean. */
  isScanned: boolean;
  /** The switches of the local CloudFront that were set. */
  assumptions: Partial<Assumptions>;
  /** The operator's own provider. The stack then starts none. */
  provider?: { issuer: string; clientId: string };
  /** Clients of the provider that are no browser. */
  nativeClientIds: string[];
  /** Settings that go to the service only. */
  passedOn: Record<string, string>;
}

const PASSED_ON = [
  'USER_ID_CLAIM',
  'ALLOWED_TYPES',
  'MAX_FILE_BYTES',
  'MAX_USER_BYTES',
  'TEAMS',
  'TEAM_CLAIM',
  'TEAM_ROLE',
  'MAX_TEAM_BYTES',
  'WEB_DIRECTORY',
  'CONTENT_SECURITY_POLICY',
];
const OF_PROVIDER = /^(?:OIDC_[A-Z_]+|ALLOWED_[A-Z_]+|USER_ID_ISSUER|PROVIDER_RECHECK_SECONDS)$/;

/** Each message is one fault of the local set-up, written for the person who typed the command. */
export class LocalSettingsError extends Error {
  readonly faults: string[];

  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

type Variables = Record<string, string | undefined>;
type Refuse = (fault: string) => void;

/**
 * Reads ports, origins and the cookie lifetime from an environment.
 * @throws LocalSettingsError that lists every fault
 */
export function parseLocalSettings(env: Variables): LocalSettings {
  const faults: string[] = [];
  const refuse = (fault: string) => void faults.push(fault);
  const ports = parsePorts(env, refuse);
  const https = env['HTTPS'] === '1';
  if (env['HTTPS'] && !https) refuse('HTTPS must be 1, or empty');
  const { appOrigin, filesOrigin } = parseOrigins(env, ports, https, refuse);
  if (faults.length === 0)
    faults.push(...originFaults(appOrigin, filesOrigin, isPublicSuffix).map(faultLine));
  const cookieLifetimeSeconds = localCookieSeconds(env['COOKIE_LIFETIME_SECONDS'], refuse);
  const browserCache = env['BROWSER_CACHE'] || undefined;
  if (browserCache !== undefined && browserCache !== 'revalidate') {
    refuse('BROWSER_CACHE must be revalidate, or empty');
  }
  const keepDeletedDays = Number(env['KEEP_DELETED_DAYS'] || KEPT_DAYS.usual);
  refuseFaults(keptDays(), keepDeletedDays, 'KEEP_DELETED_DAYS', refuse);
  const eventsUrl = env['EVENTS_URL'] || undefined;
  if (eventsUrl !== undefined && !/^https?:$/.test(URL.parse(eventsUrl)?.protocol ?? '')) {
    refuse('EVENTS_URL must be an address that begins with http:// or https://');
  }
  const scan = env['SCAN'] || undefined;
  if (scan !== undefined && scan !== 'demo') refuse('SCAN must be demo, or empty');
  const assumptionFaults: string[] = [];
  const assumptions = parseAssumptions(env['EDGE_ASSUMPTIONS'] ?? '', assumptionFaults);
  faults.push(...assumptionFaults.map((fault) => `EDGE_ASSUMPTIONS: ${fault}`));
  if (env['WEB_DIRECTORY'] && !existsSync(join(env['WEB_DIRECTORY'], 'index.html'))) {
    refuse('WEB_DIRECTORY must be a directory with an index.html');
  }
  const provider = parseProvider(env, refuse);
  if (faults.length > 0) throw new LocalSettingsError(faults);
  return {
    ports,
    appOrigin,
    filesOrigin,
    https,
    cookieLifetimeSeconds,
    keepDeletedDays,
    isScanned: scan === 'demo',
    ...(eventsUrl === undefined ? {} : { eventsUrl }),
    assumptions,
    ...(browserCache === 'revalidate' ? { browserCache } : {}),
    ...(provider ? { provider } : {}),
    nativeClientIds: nativeClientIds(env, provider !== undefined),
    passedOn: passedOn(env, provider !== undefined),
  };
}

function parsePorts(env: Variables, refuse: Refuse): Ports {
  const port = (name: PortName): number => {
    const [variable, usual] = PORT_VARIABLES[name];
    const value = Number(env[variable] || usual);
    if (!Number.isInteger(value) || value < 1 || value > 65_535)
      refuse(`${variable} must be a port, 1 to 65535`);
    return value;
  };
  return {
    app: port('app'),
    edge: port('edge'),
    identityProvider: port('identityProvider'),
    dynamodb: port('dynamodb'),
    s3: port('s3'),
    cloudFrontApi: port('cloudFrontApi'),
  };
}

function parseOrigins(env: Variables, { app, edge }: Ports, https: boolean, refuse: Refuse) {
  const scheme = https ? 'https' : 'http';
  const { appOrigin, filesOrigin } = namedOrigins(env, scheme);
  // The certificate is valid for localhost only.
  const own = [`${scheme}://localhost:${app}`, `${scheme}://localhost:${edge}`];
  if (https && (appOrigin !== own[0] || filesOrigin !== own[1])) {
    refuse('HTTPS=1 is for localhost: leave APP_ORIGIN and FILES_ORIGIN out, or HTTPS');
  }
  for (const [variable, origin] of Object.entries({ APP_ORIGIN: appOrigin, FILES_ORIGIN: filesOrigin })) {
    if (URL.canParse(origin) && !isDevelopmentHost(new URL(origin).hostname)) {
      refuse(
        `${variable} is a public name, and anybody can sign in to this stack as anybody: it runs on localhost, or under .test`,
      );
    }
  }
  return { appOrigin, filesOrigin };
}

function parseProvider(env: Variables, refuse: Refuse): LocalSettings['provider'] {
  const { OIDC_ISSUER: issuer = '', OIDC_CLIENT_ID: clientId = '' } = env;
  if (issuer === '') return undefined;
  const wrong = issuerFault(issuer);
  if (wrong !== undefined) refuse(`OIDC_ISSUER ${wrong}`);
  if (clientId === '') refuse('OIDC_CLIENT_ID is missing: the client id that the provider gave you');
  return { issuer, clientId };
}

/** The local provider has such a client in any case. */
function nativeClientIds({ NATIVE_CLIENT_IDS: named }: Variables, hasProvider: boolean): string[] {
  if (named) return named.split(',');
  return hasProvider ? [] : [NATIVE_CLIENT_ID];
}

function passedOn(env: Variables, hasProvider: boolean): Record<string, string> {
  const isPassedOn = (name: string) => PASSED_ON.includes(name) || (hasProvider && OF_PROVIDER.test(name));
  const named = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value && isPassedOn(name) ? [[name, value]] : [],
  );
  // A client without a secret is a public client.
  const isPublic = hasProvider && !env['OIDC_CLIENT_SECRET'] && !env['OIDC_CLIENT_SECRET_FILE'];
  return { ...(isPublic ? { OIDC_TOKEN_ENDPOINT_AUTH_METHOD: 'none' } : {}), ...Object.fromEntries(named) };
}

/** Settings that `.env` may have beside the provider's. */
const OF_FILE = [...PASSED_ON, 'NATIVE_CLIENT_IDS'];

/**
 * The settings of `.env` that the shell could pass on as well, so that no secret has to be typed into a shell. The others
 * there are those of a deployed service, which the local stack chooses itself. Empty if there is no such file.
 */
export function settingsOfFile(file: string): Variables {
  if (!existsSync(file)) return {};
  const settings = Object.entries(parseEnv(readFileSync(file, 'utf8')));
  return Object.fromEntries(settings.filter(([name]) => OF_FILE.includes(name) || OF_PROVIDER.test(name)));
}

/** What to do about a full disk. */
export const MAKE_ROOM =
  'Delete files on this disk that you do not need, or everything that the local stack has stored, with npm start -- --reset.';

/** The causes of a failed start that the person can fix; undefined if the fault is in our code. */
export function startFaults(error: unknown): string[] | undefined {
  if (error instanceof LocalSettingsError) return error.faults;
  if (error instanceof KeyFileError || error instanceof UnreadableStoreError) return [error.message];
  const fault = diskFault(error);
  if (fault !== undefined) return [`${fault}: npm start needs room in .local/. ${MAKE_ROOM}`];
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  return ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code))
    ? [`${error.path} cannot be written to: give this user the permission, or clone elsewhere`]
    : undefined;
}

/** @throws LocalSettingsError that names every port that is taken */
export async function checkPorts(ports: Ports, hasOwnProvider: boolean): Promise<void> {
  const faults: string[] = [];
  for (const name of PORT_NAMES) {
    if (hasOwnProvider && name === 'identityProvider') continue;
    try {
      await (await listenOnLoopback(() => {}, ports[name])).close(0);
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
      const [variable] = PORT_VARIABLES[name];
      faults.push(
        `port ${ports[name]} is taken: stop the program that listens there, or set ${variable} to a free port`,
      );
    }
  }
  if (faults.length > 0) throw new LocalSettingsError(faults);
}

/** The lifetime for the local stack and its commands. */
export function localCookieSeconds(setting: string | undefined, refuse: Refuse): number {
  const seconds = Number(setting || COOKIE_SECONDS.usual);
  refuseFaults(cookieSeconds('development'), seconds, 'COOKIE_LIFETIME_SECONDS', refuse);
  return seconds;
}

function refuseFaults(
  schema: Parameters<typeof schemaFaults>[0],
  value: number,
  name: string,
  refuse: Refuse,
): void {
  for (const fault of schemaFaults(schema, value, name)) refuse(faultLine(fault));
}
