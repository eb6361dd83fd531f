import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { issuerFault } from '../../core/issuer.ts';
import { faultLine, isDevelopmentHost, originFaults } from '../../core/origins.ts';
import { type Assumptions, parseAssumptions } from '../../edge/local/assumptions.ts';
import { isPublicSuffix } from '../auth/domain/public-suffix.ts';
import { KeyFileError } from '../operator/keys/key-files.ts';
import { localCookieSeconds } from './cookie-seconds.ts';
import { diskFault } from './store/disk-fault.ts';

export interface Ports {
  app: number;
  edge: number;
  identityProvider: number;
  dynamodb: number;
  s3: number;
  cloudFrontApi: number;
}

/** The variable that moves each port, and the port without it. */
export const PORT_VARIABLES: Record<keyof Ports, [variable: string, port: number]> = {
  app: ['APP_PORT', 3000],
  edge: ['EDGE_PORT', 8080],
  identityProvider: ['IDP_PORT', 9000],
  dynamodb: ['DYNAMODB_PORT', 8000],
  s3: ['S3_PORT', 9090],
  cloudFrontApi: ['CLOUDFRONT_API_PORT', 9080],
};

export interface LocalSettings {
  ports: Ports;
  appOrigin: string;
  filesOrigin: string;
  /** App, files and S3 use HTTPS, with a certificate of their own. */
  https: boolean;
  cookieLifetimeSeconds: number;
  browserCache?: 'revalidate';
  /** The switches of the local CloudFront that were set. */
  assumptions: Partial<Assumptions>;
  /** The operator's own provider. The stack then starts none. */
  provider?: { issuer: string; clientId: string };
  /** Settings that go to the service only. */
  passedOn: Record<string, string>;
}

const PASSED_ON = [
  ...['USER_ID_CLAIM', 'ALLOWED_TYPES', 'MAX_FILE_BYTES', 'MAX_USER_BYTES'],
  ...['WEB_DIRECTORY', 'CONTENT_SECURITY_POLICY'],
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

/**
 * Reads ports, origins and the cookie lifetime from an environment.
 * @throws LocalSettingsError that lists every fault
 */
export function parseLocalSettings(env: Record<string, string | undefined>): LocalSettings {
  const faults: string[] = [];
  const port = (name: keyof Ports): number => {
    const [variable, fallback] = PORT_VARIABLES[name];
    const value = Number(env[variable] || fallback);
    if (!Number.isInteger(value) || value < 1 || value > 65_535)
      faults.push(`${variable} must be a port, 1 to 65535`);
    return value;
  };
  const ports = {
    app: port('app'),
    edge: port('edge'),
    identityProvider: port('identityProvider'),
    dynamodb: port('dynamodb'),
    s3: port('s3'),
    cloudFrontApi: port('cloudFrontApi'),
  };
  const https = env['HTTPS'] === '1';
  if (env['HTTPS'] && !https) faults.push('HTTPS must be 1, or empty');
  const scheme = https ? 'https' : 'http';
  const [ownApp, ownFiles] = [`${scheme}://localhost:${ports.app}`, `${scheme}://localhost:${ports.edge}`];
  const appOrigin = env['APP_ORIGIN'] || ownApp;
  const filesOrigin = env['FILES_ORIGIN'] || ownFiles;
  // The certificate is valid for localhost only.
  if (https && (appOrigin !== ownApp || filesOrigin !== ownFiles)) {
    faults.push('HTTPS=1 is for localhost: leave APP_ORIGIN and FILES_ORIGIN out, or HTTPS');
  }
  if (faults.length === 0)
    faults.push(...originFaults(appOrigin, filesOrigin, isPublicSuffix).map(faultLine));
  for (const [variable, origin] of [
    ['APP_ORIGIN', appOrigin],
    ['FILES_ORIGIN', filesOrigin],
  ] as const) {
    if (URL.canParse(origin) && !isDevelopmentHost(new URL(origin).hostname)) {
      faults.push(
        `${variable} is a public name, and anybody can sign in to this stack as anybody: it runs on localhost, or under .test`,
      );
    }
  }
  const refuse = (fault: string) => faults.push(fault);
  const cookieLifetimeSeconds = localCookieSeconds(env['COOKIE_LIFETIME_SECONDS'], refuse);
  const browserCache = env['BROWSER_CACHE'] || undefined;
  if (browserCache !== undefined && browserCache !== 'revalidate') {
    faults.push('BROWSER_CACHE must be revalidate, or empty');
  }
  const assumptionFaults: string[] = [];
  const assumptions = parseAssumptions(env['EDGE_ASSUMPTIONS'] ?? '', assumptionFaults);
  faults.push(...assumptionFaults.map((fault) => `EDGE_ASSUMPTIONS: ${fault}`));
  if (env['WEB_DIRECTORY'] && !existsSync(join(env['WEB_DIRECTORY'], 'index.html'))) {
    faults.push('WEB_DIRECTORY must be a directory with an index.html');
  }
  const { OIDC_ISSUER: issuer = '', OIDC_CLIENT_ID: clientId = '', OIDC_CLIENT_SECRET: clientSecret } = env;
  const wrong = issuer === '' ? undefined : issuerFault(issuer);
  if (wrong !== undefined) faults.push(`OIDC_ISSUER ${wrong}`);
  if (issuer !== '' && clientId === '')
    faults.push('OIDC_CLIENT_ID is missing: the client id that the provider gave you');
  if (faults.length > 0) throw new LocalSettingsError(faults);
  const isPassedOn = (name: string) => PASSED_ON.includes(name) || (issuer !== '' && OF_PROVIDER.test(name));
  return {
    ports,
    appOrigin,
    filesOrigin,
    https,
    cookieLifetimeSeconds,
    assumptions,
    ...(browserCache === 'revalidate' ? { browserCache } : {}),
    ...(issuer === '' ? {} : { provider: { issuer, clientId } }),
    passedOn: {
      // A client without a secret is a public client.
      ...(issuer === '' || clientSecret || env['OIDC_CLIENT_SECRET_FILE']
        ? {}
        : { OIDC_TOKEN_ENDPOINT_AUTH_METHOD: 'none' }),
      ...Object.fromEntries(
        Object.entries(env).flatMap(([name, value]): [string, string][] =>
          value && isPassedOn(name) ? [[name, value]] : [],
        ),
      ),
    },
  };
}

/** The causes of a failed start that the person can fix; undefined if the fault is in our code. */
export function startFaults(error: unknown): string[] | undefined {
  if (error instanceof LocalSettingsError) return error.faults;
  if (error instanceof KeyFileError) return [error.message];
  const fault = diskFault(error);
  if (fault !== undefined) return [`${fault}: npm start writes to .local/ and needs room there`];
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  return ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code))
    ? [`${error.path} cannot be written to: give this user the permission, or clone elsewhere`]
    : undefined;
}
