import { isIP } from 'node:net';
import { Type } from 'typebox';
import Value from 'typebox/value';
import { SHOWN_TYPES } from '../../edge/function/content.ts';
import type { AllowRule } from './domain/allow-rule.ts';
import { isDevelopmentOrigin, type Origins, originFaults, parseOrigins } from './domain/origins.ts';
import { MAX_UPLOAD_BYTES } from './domain/uploads.ts';
import { parseSigning, type SigningConfig } from './signing-config.ts';

/** RFC 6838, section 4.2, without parameters. */
const MEDIA_TYPE = '[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*';

/**
 * The settings of the service. A description follows `must be` where a value is wrong, and `is missing:` where it is
 * not there. An empty value counts as none.
 */
export const Environment = Type.Object({
  APP_ORIGIN: text("the app host's origin, such as https://app.example.com"),
  FILES_ORIGIN: text("the files host's origin, such as https://files.app.example.com"),
  OIDC_ISSUER: text('the issuer of your OpenID provider, such as https://login.example.com'),
  OIDC_CLIENT_ID: text('the client id that the provider gave you'),
  OIDC_CLIENT_SECRET: text('the client secret that the provider gave you'),
  OIDC_TOKEN_ENDPOINT_AUTH_METHOD: Type.Union(
    [Type.Literal('client_secret_basic'), Type.Literal('client_secret_post')],
    { description: 'client_secret_basic or client_secret_post', default: 'client_secret_basic' },
  ),
  OIDC_SCOPES: Type.String({
    description: 'scopes with a space between them, openid among them',
    pattern: '^([!-~]+ )*openid( [!-~]+)*$',
    default: 'openid profile email',
  }),
  ALLOWED_EMAIL_DOMAINS: Type.Optional(
    Type.String({
      description: 'domains with a comma between them, such as example.com,example.org',
      pattern: '^[^\\s,@]+(,[^\\s,@]+)*$',
    }),
  ),
  ALLOWED_CLAIM: Type.Optional(
    Type.String({ description: 'name=value, such as groups=staff', pattern: '^[^=]+=.+$' }),
  ),
  TABLE_NAME: text('the DynamoDB table of sessions'),
  BUCKET_NAME: text('the S3 bucket of the files'),
  KEY_VALUE_STORE_ARN: text("the ARN of the CloudFront KeyValueStore that the edge's function reads"),
  /** Another server of the KeyValueStore API than AWS's. */
  KEY_VALUE_STORE_ENDPOINT: Type.Optional(text('a URL')),
  KEY_PAIR_ID: text('the id of the CloudFront public key that belongs to the signing key'),
  SIGNING_KEY: Type.Optional(
    text('a private key as PEM, ECDSA P-256 or RSA 2048 (or SIGNING_KEY_FILE, a path)'),
  ),
  SIGNING_KMS_KEY_ID: Type.Optional(text('id, ARN or alias of a P-256 key in AWS KMS')),
  SIGNING_PUBLIC_KEY: Type.Optional(text('the public key of KEY_PAIR_ID as PEM')),
  AWS_REGION: text('the region of the table and the bucket'),
  LOGIN_SECRET: text('32 random bytes as base64url: openssl rand 32 | basenc --base64url'),
  COOKIE_LIFETIME_SECONDS: wholeNumber(10, 86_400, 900),
  USER_ID_CLAIM: Type.Optional(text('the name of a claim')),
  MAX_FILE_BYTES: wholeNumber(1, MAX_UPLOAD_BYTES, 5 * 1_024 ** 3),
  ALLOWED_TYPES: Type.String({
    description: 'media types with a comma between them, in lower case, such as image/png,application/zip',
    pattern: `^${MEDIA_TYPE}(,${MEDIA_TYPE})*$`,
    default: SHOWN_TYPES.join(','),
  }),
  /** Where the built page is, if not in `dist/web`. */
  WEB_DIRECTORY: Type.Optional(text('a directory')),
  HOST: Type.String({ description: 'a host name or an address', default: 'localhost' }),
  PORT: wholeNumber(0, 65_535, 3000),
  TRUSTED_PROXIES: Type.Optional(
    text('addresses and CIDR ranges with a comma between them, such as 10.0.0.0/16,192.0.2.7'),
  ),
  RATE_LIMIT_PER_MINUTE: Type.Optional(wholeNumber(1, 1_000_000)),
  METRICS_HOST: Type.String({ description: 'an address to listen on', default: '127.0.0.1' }),
  METRICS_PORT: Type.Optional(wholeNumber(0, 65_535)),
  AWS_ENDPOINT_URL: Type.Optional(Type.String()),
  AWS_ENDPOINT_URL_S3: Type.Optional(Type.String()),
});
type Environment = Type.Static<typeof Environment>;

/** Requests a minute and address to one operation: enough for a household, or for any number of tests. */
const RATE_LIMITS_PER_MINUTE = { deployed: 30, development: 12_000 };
const SHORTEST_COOKIE_SECONDS = { deployed: 300, development: 10 };

export interface Config {
  origins: Origins;
  oidc: {
    issuer: string;
    clientId: string;
    clientSecret: string;
    authMethod: Environment['OIDC_TOKEN_ENDPOINT_AUTH_METHOD'];
    scopes: string;
  };
  /** Who of the provider's users may sign in; everybody without one. */
  allowRule?: AllowRule;
  tableName: string;
  bucketName: string;
  keyValueStore: { arn: string; endpoint?: string };
  signing: SigningConfig;
  /** 32 bytes that seal login transactions. */
  loginKey: Uint8Array;
  cookieLifetimeSeconds: number;
  userIdClaim?: string;
  /** The most that one file may have. */
  maxFileBytes: number;
  /** The media types that may be uploaded. */
  allowedTypes: string[];
  /** Where the built page is, if not in `dist/web`. */
  webDirectory?: string;
  listen: { host: string; port: number };
  /** Addresses and CIDR ranges whose `X-Forwarded-For` counts. */
  trustedProxies: string[];
  rateLimitPerMinute: number;
  metricsListen?: { host: string; port: number };
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

/**
 * Reads the settings of the service from an environment.
 * @throws ConfigError with every fault, none of which quotes a value
 */
export function parseConfig(env: Record<string, string | undefined>): Config {
  const faults: string[] = [];
  const values = readEnvironment(env, faults);
  const kind = isDevelopmentOrigin(values.APP_ORIGIN ?? '') ? 'development' : 'deployed';
  if (values.APP_ORIGIN && values.FILES_ORIGIN) {
    faults.push(...originFaults(values.APP_ORIGIN, values.FILES_ORIGIN));
  }
  if (values.OIDC_ISSUER) faults.push(...issuerFaults(values.OIDC_ISSUER));
  const signing = parseSigning(values, faults);
  const loginKey = Buffer.from(values.LOGIN_SECRET ?? '', 'base64url');
  if (values.LOGIN_SECRET && loginKey.length !== 32) faults.push(mustBe('LOGIN_SECRET'));
  const shortest = SHORTEST_COOKIE_SECONDS[kind];
  if (Number(values.COOKIE_LIFETIME_SECONDS) < shortest) {
    faults.push(`COOKIE_LIFETIME_SECONDS must be a whole number, ${shortest} to 86400`);
  }
  const trustedProxies = values.TRUSTED_PROXIES?.split(',') ?? [];
  if (!trustedProxies.every(isAddressRange)) faults.push(mustBe('TRUSTED_PROXIES'));
  if (values.ALLOWED_EMAIL_DOMAINS && values.ALLOWED_CLAIM) {
    faults.push('ALLOWED_CLAIM must not be set together with ALLOWED_EMAIL_DOMAINS: there is one rule');
  }
  if (faults.length > 0 || !signing || !Value.Check(Environment, values)) throw new ConfigError(faults);
  const allowRule = toAllowRule(values);
  return {
    origins: parseOrigins(values.APP_ORIGIN, values.FILES_ORIGIN),
    oidc: {
      issuer: values.OIDC_ISSUER,
      clientId: values.OIDC_CLIENT_ID,
      clientSecret: values.OIDC_CLIENT_SECRET,
      authMethod: values.OIDC_TOKEN_ENDPOINT_AUTH_METHOD,
      scopes: values.OIDC_SCOPES,
    },
    ...(allowRule ? { allowRule } : {}),
    tableName: values.TABLE_NAME,
    bucketName: values.BUCKET_NAME,
    keyValueStore: {
      arn: values.KEY_VALUE_STORE_ARN,
      ...(values.KEY_VALUE_STORE_ENDPOINT ? { endpoint: values.KEY_VALUE_STORE_ENDPOINT } : {}),
    },
    signing,
    loginKey,
    cookieLifetimeSeconds: values.COOKIE_LIFETIME_SECONDS,
    ...(values.USER_ID_CLAIM ? { userIdClaim: values.USER_ID_CLAIM } : {}),
    maxFileBytes: values.MAX_FILE_BYTES,
    allowedTypes: values.ALLOWED_TYPES.split(','),
    ...(values.WEB_DIRECTORY ? { webDirectory: values.WEB_DIRECTORY } : {}),
    listen: { host: values.HOST, port: values.PORT },
    trustedProxies,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE ?? RATE_LIMITS_PER_MINUTE[kind],
    ...(values.METRICS_PORT === undefined
      ? {}
      : { metricsListen: { host: values.METRICS_HOST, port: values.METRICS_PORT } }),
    s3PathStyle: Boolean(values.AWS_ENDPOINT_URL_S3 ?? values.AWS_ENDPOINT_URL),
  };
}

function text(description: string) {
  return Type.String({ description });
}

function wholeNumber(minimum: number, maximum: number, fallback?: number) {
  const description = `a whole number, ${minimum} to ${maximum}`;
  return Type.Integer({
    minimum,
    maximum,
    description,
    ...(fallback === undefined ? {} : { default: fallback }),
  });
}

/** What the environment says, by the schema; each fault is added to `faults`. */
function readEnvironment(env: Record<string, string | undefined>, faults: string[]): Partial<Environment> {
  const required: readonly string[] = Environment.required;
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(Environment.properties)) {
    const raw = env[name] || undefined;
    const given = raw !== undefined && Type.IsInteger(schema) ? Number(raw) : raw;
    const value = given ?? ('default' in schema ? schema.default : undefined);
    if (value !== undefined) values[name] = value;
    if (value === undefined && required.includes(name)) {
      faults.push(`${name} is missing: ${describe(schema)}`);
    } else if (value !== undefined && !Value.Check(schema, value)) {
      faults.push(`${name} must be ${describe(schema)}`);
    }
  }
  return values;
}

function describe(schema: Type.TSchema): string {
  return 'description' in schema ? String(schema.description) : '';
}

function mustBe(name: keyof Environment): string {
  return `${name} must be ${describe(Environment.properties[name])}`;
}

function issuerFaults(issuer: string): string[] {
  if (!URL.canParse(issuer)) return ['OIDC_ISSUER must be a URL, such as https://login.example.com'];
  const { protocol, hostname } = new URL(issuer);
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return protocol === 'https:' || (protocol === 'http:' && isLoopback)
    ? []
    : ['OIDC_ISSUER must be https (http is for a provider on this machine)'];
}

/** An address, or a range of them that is not everybody. */
function isAddressRange(range: string): boolean {
  const [, address = '', bits] = /^([0-9a-fA-F.:]+)(?:\/([1-9][0-9]{0,2}))?$/.exec(range) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits ?? 1) <= (version === 4 ? 32 : 128);
}

function toAllowRule({ ALLOWED_EMAIL_DOMAINS, ALLOWED_CLAIM }: Environment): AllowRule | undefined {
  if (ALLOWED_EMAIL_DOMAINS) return { emailDomains: ALLOWED_EMAIL_DOMAINS.toLowerCase().split(',') };
  if (ALLOWED_CLAIM === undefined) return undefined;
  const split = ALLOWED_CLAIM.indexOf('=');
  return { claim: ALLOWED_CLAIM.slice(0, split), value: ALLOWED_CLAIM.slice(split + 1) };
}
