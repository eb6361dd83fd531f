import { createPrivateKey, type KeyObject } from 'node:crypto';
import { isDevelopmentOrigin, type Origins, originFaults, parseOrigins } from './domain/origins.ts';

export interface Config {
  origins: Origins;
  oidc: { issuer: string; clientId: string; clientSecret: string };
  tableName: string;
  bucketName: string;
  signing: { keyPairId: string; privateKey: KeyObject };
  /** 32 bytes that seal login transactions. */
  loginKey: Uint8Array;
  cookieLifetimeSeconds: number;
  userIdClaim?: string;
  /** Where the built page is, if not in `dist/web`. */
  webDirectory?: string;
  listen: { host: string; port: number };
  /** S3 under an address of its own has the bucket in the path. */
  s3PathStyle: boolean;
}

/** Everything that is wrong with the configuration, one message a fault. */
export class ConfigError extends Error {
  readonly faults: string[];

  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/** What each setting is, for the message when it is missing. */
const REQUIRED = {
  APP_ORIGIN: "the app host's origin, such as https://app.example.com",
  FILES_ORIGIN: "the files host's origin, such as https://files.app.example.com",
  OIDC_ISSUER: 'the issuer of your OpenID provider, such as https://login.example.com',
  OIDC_CLIENT_ID: 'the client id that the provider gave you',
  OIDC_CLIENT_SECRET: 'the client secret that the provider gave you',
  TABLE_NAME: 'the DynamoDB table of sessions',
  BUCKET_NAME: 'the S3 bucket of the files',
  KEY_PAIR_ID: 'the id of the CloudFront public key that belongs to SIGNING_KEY',
  SIGNING_KEY: 'a private key as PEM, ECDSA P-256 or RSA 2048 (or SIGNING_KEY_FILE, a path)',
  AWS_REGION: 'the region of the table and the bucket',
  LOGIN_SECRET: '32 random bytes as base64url: openssl rand 32 | basenc --base64url',
} as const;

/**
 * Reads the settings of the service from an environment.
 * @throws ConfigError with every fault, none of which quotes a value
 */
export function parseConfig(env: Record<string, string | undefined>): Config {
  const faults: string[] = [];
  const text = (name: keyof typeof REQUIRED): string => {
    const value = env[name] ?? '';
    if (value === '') faults.push(`${name} is missing: ${REQUIRED[name]}`);
    return value;
  };
  const wholeNumber = (name: string, fallback: number, least: number, most: number): number => {
    const value = Number(env[name] || fallback);
    if (!Number.isInteger(value) || value < least || value > most) {
      faults.push(`${name} must be a whole number, ${least} to ${most}`);
    }
    return value;
  };

  const appOrigin = text('APP_ORIGIN');
  const filesOrigin = text('FILES_ORIGIN');
  if (appOrigin && filesOrigin) faults.push(...originFaults(appOrigin, filesOrigin));
  const issuer = text('OIDC_ISSUER');
  if (issuer) faults.push(...issuerFaults(issuer));
  const privateKey = parseSigningKey(text('SIGNING_KEY'), faults);
  const loginSecret = text('LOGIN_SECRET');
  const loginKey = Buffer.from(loginSecret, 'base64url');
  if (loginSecret && loginKey.length !== 32) faults.push(`LOGIN_SECRET must be ${REQUIRED.LOGIN_SECRET}`);
  const oidc = { issuer, clientId: text('OIDC_CLIENT_ID'), clientSecret: text('OIDC_CLIENT_SECRET') };
  const tableName = text('TABLE_NAME');
  const bucketName = text('BUCKET_NAME');
  const keyPairId = text('KEY_PAIR_ID');
  text('AWS_REGION');
  const shortest = isDevelopmentOrigin(appOrigin) ? 10 : 300;
  const cookieLifetimeSeconds = wholeNumber('COOKIE_LIFETIME_SECONDS', 900, shortest, 86_400);
  const port = wholeNumber('PORT', 3000, 0, 65_535);
  const userIdClaim = env['USER_ID_CLAIM'];
  const webDirectory = env['WEB_DIRECTORY'];
  if (faults.length > 0 || !privateKey) throw new ConfigError(faults);
  return {
    origins: parseOrigins(appOrigin, filesOrigin),
    oidc,
    tableName,
    bucketName,
    signing: { keyPairId, privateKey },
    loginKey,
    cookieLifetimeSeconds,
    ...(userIdClaim ? { userIdClaim } : {}),
    ...(webDirectory ? { webDirectory } : {}),
    listen: { host: env['HOST'] || 'localhost', port },
    s3PathStyle: Boolean(env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']),
  };
}

function issuerFaults(issuer: string): string[] {
  if (!URL.canParse(issuer)) return ['OIDC_ISSUER must be a URL, such as https://login.example.com'];
  const { protocol, hostname } = new URL(issuer);
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return protocol === 'https:' || (protocol === 'http:' && isLoopback)
    ? []
    : ['OIDC_ISSUER must be https (http is for a provider on this machine)'];
}

/** @param faults what is wrong with the key is added to it */
export function parseSigningKey(pem: string, faults: string[]): KeyObject | undefined {
  if (!pem) return undefined;
  const wanted = 'SIGNING_KEY must be a private key as PEM, ECDSA P-256 or RSA 2048';
  try {
    const key = createPrivateKey(pem);
    const details = key.asymmetricKeyDetails;
    if (key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1') return key;
    if (key.asymmetricKeyType === 'rsa' && details?.modulusLength === 2048) return key;
    faults.push(`${wanted}: CloudFront takes no other type of key`);
  } catch {
    faults.push(`${wanted}: it cannot be read as one`);
  }
  return undefined;
}
