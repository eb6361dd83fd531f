import { isIP } from 'node:net';
import type { AllowRule } from '@cloudfront-cookie-gateway/core/allow-rule';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { issuerFault } from '@cloudfront-cookie-gateway/core/issuer';
import { faultLine, type Origins, originFaults, parseOrigins } from '@cloudfront-cookie-gateway/core/origins';
import { Environment, nativeClientsFault, readEnvironment, teamClaimFault } from './environment.ts';
import { mustBe, type ReportFault } from './schema.ts';
import { parseSigning, type SigningConfig } from './signing-config.ts';

/**
 * How many requests one address may send to one operation in a minute. That is enough for a household, or for any
 * number of tests.
 */
const RATE_LIMITS_PER_MINUTE = { deployed: 30, development: 12_000 };

/** The settings of the service, as it uses them. An absent member means no limit, nobody, or none. */
export type Config = ReturnType<typeof toConfig> & {
  origins: Origins;
  signing: SigningConfig;
  /** 32 bytes each. The first key seals logins under way and tokens; all keys open them. */
  sealingKeys: [Uint8Array, ...Uint8Array[]];
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  rateLimitPerMinute: number;
};

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
export function parseConfig(
  env: Record<string, string | undefined>,
  isPublicSuffix: (hostname: string) => boolean,
): Config {
  const { values, faults, kind } = readEnvironment(env);
  const fault = (path: string, message: string) => void faults.push({ path, message, kind: 'wrong' });
  if (values.APP_ORIGIN && values.FILES_ORIGIN) {
    const ofOrigins = originFaults(values.APP_ORIGIN, values.FILES_ORIGIN, isPublicSuffix);
    for (const { path, message } of ofOrigins) fault(path, message);
  }
  checkProvider(values, fault);
  const ofTeams = teamClaimFault(values.TEAMS, values.TEAM_CLAIM, values.USER_ID_CLAIM);
  if (ofTeams !== undefined) fault('TEAM_CLAIM', ofTeams);
  const signing = parseSigning(values, fault);
  const sealingKey = sealingKeyOf('LOGIN_SECRET', values, fault);
  const previousKey = sealingKeyOf('LOGIN_SECRET_PREVIOUS', values, fault);
  const trustedProxies = values.TRUSTED_PROXIES?.split(',') ?? [];
  if (!trustedProxies.every(isAddressRange)) {
    fault('TRUSTED_PROXIES', mustBe(Environment.properties.TRUSTED_PROXIES));
  }
  if (faults.length > 0 || !signing || !sealingKey) throw new ConfigError(faults.map(faultLine));
  // There is no fault, so nothing is missing.
  const settings = values as Environment;
  return {
    ...toConfig(settings),
    origins: parseOrigins(settings.APP_ORIGIN, settings.FILES_ORIGIN, isPublicSuffix),
    signing,
    sealingKeys: [sealingKey, ...(previousKey ? [previousKey] : [])],
    trustedProxies,
    rateLimitPerMinute: settings.RATE_LIMIT_PER_MINUTE ?? RATE_LIMITS_PER_MINUTE[kind],
  };
}

/** The rules of the settings for the provider that a schema cannot express. */
function checkProvider(values: Partial<Environment>, fault: ReportFault): void {
  for (const name of ['OIDC_ISSUER', 'USER_ID_ISSUER'] as const) {
    const message = values[name] ? issuerFault(values[name]) : undefined;
    if (message !== undefined) fault(name, message);
  }
  const native = nativeClientsFault(nativeClientIdsOf(values), values.OIDC_CLIENT_ID);
  if (native !== undefined) fault('NATIVE_CLIENT_IDS', native);
  const isPublic = values.OIDC_TOKEN_ENDPOINT_AUTH_METHOD === 'none';
  if (!values.OIDC_CLIENT_SECRET && !isPublic) {
    fault('OIDC_CLIENT_SECRET', 'is missing: the client secret that the provider gave you');
  } else if (values.OIDC_CLIENT_SECRET && isPublic) {
    fault('OIDC_TOKEN_ENDPOINT_AUTH_METHOD', 'must be client_secret_… where there is an OIDC_CLIENT_SECRET');
  }
  if (values.ALLOWED_EMAIL_DOMAINS && values.ALLOWED_CLAIM) {
    fault('ALLOWED_CLAIM', 'must not be set together with ALLOWED_EMAIL_DOMAINS: only one rule is possible');
  }
}

/** The settings of which each stands for itself. environment.ts says what they mean. */
function toConfig(values: Environment) {
  return {
    oidc: {
      issuer: values.OIDC_ISSUER,
      clientId: values.OIDC_CLIENT_ID,
      authMethod: values.OIDC_TOKEN_ENDPOINT_AUTH_METHOD,
      scopes: values.OIDC_SCOPES,
      nativeClientIds: nativeClientIdsOf(values),
      logoutStyle: values.OIDC_LOGOUT_STYLE,
      ...defined({
        clientSecret: values.OIDC_CLIENT_SECRET,
        previousClientSecret: values.OIDC_CLIENT_SECRET_PREVIOUS,
        userIdIssuer: values.USER_ID_ISSUER,
      }),
    },
    /** 0 means that the provider is not asked again about a live session. */
    providerRecheckSeconds: values.PROVIDER_RECHECK_SECONDS,
    tableName: values.TABLE_NAME,
    detailsTableName: values.DETAILS_TABLE_NAME,
    bucketName: values.BUCKET_NAME,
    moverFunctionName: values.MOVER_FUNCTION_NAME,
    /** 0 means that nothing is kept, so there is no trash. */
    keepDeletedDays: values.KEEP_DELETED_DAYS,
    keyValueStore: {
      arn: values.KEY_VALUE_STORE_ARN,
      ...defined({ endpoint: values.KEY_VALUE_STORE_ENDPOINT }),
    },
    cookieLifetimeSeconds: values.COOKIE_LIFETIME_SECONDS,
    /** Whether each file is readable only after a scan. */
    isScanned: values.SCAN !== undefined,
    /** A share that is limited to addresses opens for nobody on IPv6. */
    filesIpv6: values.FILES_IPV6 === 'true',
    maxFileBytes: values.MAX_FILE_BYTES,
    teams: toTeams(values),
    ...defined({
      allowedTypes: values.ALLOWED_TYPES === '*' ? undefined : values.ALLOWED_TYPES.split(','),
      allowRule: toAllowRule(values),
      userIdClaim: values.USER_ID_CLAIM,
      maxUserBytes: values.MAX_USER_BYTES,
      maxTeamBytes: values.MAX_TEAM_BYTES,
      webDirectory: values.WEB_DIRECTORY,
      contentSecurityPolicy: values.CONTENT_SECURITY_POLICY,
    }),
    listen: { host: values.HOST, port: values.PORT },
    ...defined({
      metricsListen:
        values.METRICS_PORT === undefined
          ? undefined
          : { host: values.METRICS_HOST, port: values.METRICS_PORT },
    }),
    /** If S3 has an address of its own, the bucket is in the path. */
    s3PathStyle: Boolean(values.AWS_ENDPOINT_URL_S3 ?? values.AWS_ENDPOINT_URL),
  };
}

function nativeClientIdsOf({ NATIVE_CLIENT_IDS }: Partial<Environment>): string[] {
  return NATIVE_CLIENT_IDS?.split(',') ?? [];
}

/** 32 bytes of base64url. Undefined if the setting is missing or is not such a key. */
function sealingKeyOf(
  name: 'LOGIN_SECRET' | 'LOGIN_SECRET_PREVIOUS',
  { [name]: value }: Partial<Environment>,
  fault: ReportFault,
): Uint8Array | undefined {
  if (!value) return undefined;
  const key = Buffer.from(value, 'base64url');
  if (key.length === 32) return key;
  fault(name, mustBe(Environment.properties[name]));
  return undefined;
}

/** An address, or a range of addresses that is not everybody. */
function isAddressRange(range: string): boolean {
  const [, address = '', bits = ''] = /^([0-9a-fA-F.:]+)(?:\/([1-9][0-9]{0,2}))?$/.exec(range) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
}

/** Whether the service serves teams. */
export function hasTeams({ teams: { areMade, ofProvider } }: Pick<Config, 'teams'>): boolean {
  return areMade || ofProvider !== undefined;
}

/** People make teams, or the values of a claim are teams, in which all members have one role. */
function toTeams({ TEAMS, TEAM_CLAIM: claim, TEAM_ROLE: role }: Environment) {
  return {
    areMade: TEAMS === 'made' || TEAMS === 'both',
    ...defined({ ofProvider: claim === undefined ? undefined : { claim, role } }),
  };
}

function toAllowRule({ ALLOWED_EMAIL_DOMAINS, ALLOWED_CLAIM }: Environment): AllowRule | undefined {
  if (ALLOWED_EMAIL_DOMAINS) return { emailDomains: ALLOWED_EMAIL_DOMAINS.toLowerCase().split(',') };
  if (ALLOWED_CLAIM === undefined) return undefined;
  const split = ALLOWED_CLAIM.indexOf('=');
  return { claim: ALLOWED_CLAIM.slice(0, split), value: ALLOWED_CLAIM.slice(split + 1) };
}
