import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import type { AllowRule } from '@cloudfront-cookie-gateway/core/allow-rule';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { issuerFault } from '@cloudfront-cookie-gateway/core/issuer';
import { faultLine, originFaults, parseOrigins } from '@cloudfront-cookie-gateway/core/origins';
import { isKeyPair, parsePublicKey, parseSigningKey } from '@cloudfront-cookie-gateway/core/signing-key';
import { Environment, nativeClientsFault, readEnvironment, teamClaimFault } from './environment.ts';
import { mustBe, type ReportFault } from './schema.ts';

/**
 * How many requests one address may send to one operation in a minute. That is enough for a household, or for any
 * number of tests.
 */
const RATE_LIMITS_PER_MINUTE = { deployed: 30, development: 12_000 };

/** A variable as a member, with the name that it has in values.json too: `MAX_FILE_BYTES` is `maxFileBytes`. */
type Member<Variable extends string> = Variable extends `${infer Word}_${infer Rest}`
  ? `${Lowercase<Word>}${Capitalize<Member<Rest>>}`
  : Lowercase<Variable>;
/** Other members of the configuration are made of these, and no secret is in it twice. */
const ONLY_MADE_OF = ['ALLOWED_TYPES', 'SIGNING_KEY', 'LOGIN_SECRET', 'LOGIN_SECRET_PREVIOUS'] as const;
type Named = Omit<Environment, (typeof ONLY_MADE_OF)[number]>;
type Values = { [Variable in keyof Named as Member<Variable>]: Named[Variable] };

/** The settings of the service. environment.ts says what they mean. */
export type Config = ReturnType<typeof parseConfig>;

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
) {
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
  /** 32 bytes each. The first key seals logins under way and tokens; all keys open them. */
  const sealingKeys: [Uint8Array, ...Uint8Array[]] = [sealingKey, ...(previousKey ? [previousKey] : [])];
  return {
    ...membersOf(settings),
    ...madeOf(settings),
    origins: parseOrigins(settings.APP_ORIGIN, settings.FILES_ORIGIN, isPublicSuffix),
    signing,
    sealingKeys,
    /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
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

function membersOf(settings: Environment): Values {
  const given = Object.entries(settings).filter(
    ([variable]) => !ONLY_MADE_OF.some((one) => one === variable),
  );
  const named = given.map(([variable, value]) => [
    variable.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(named) as Values;
}

/** What is made of several settings, or of the text of one. An absent member means no limit, nobody, or none. */
function madeOf(values: Environment) {
  const { TEAMS, TEAM_CLAIM: claim, TEAM_ROLE: role, ALLOWED_TYPES, METRICS_HOST, METRICS_PORT } = values;
  return {
    nativeClientIds: nativeClientIdsOf(values),
    /** People make teams, or the values of a claim are teams, in which all members have one role. */
    teams: {
      areMade: TEAMS === 'made' || TEAMS === 'both',
      ...defined({ ofProvider: claim === undefined ? undefined : { claim, role } }),
    },
    ...defined({
      allowedTypes: ALLOWED_TYPES === '*' ? undefined : ALLOWED_TYPES.split(','),
      allowRule: toAllowRule(values),
      metricsListen: METRICS_PORT === undefined ? undefined : { host: METRICS_HOST, port: METRICS_PORT },
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

function toAllowRule({ ALLOWED_EMAIL_DOMAINS, ALLOWED_CLAIM }: Environment): AllowRule | undefined {
  if (ALLOWED_EMAIL_DOMAINS) return { emailDomains: ALLOWED_EMAIL_DOMAINS.toLowerCase().split(',') };
  if (ALLOWED_CLAIM === undefined) return undefined;
  const split = ALLOWED_CLAIM.indexOf('=');
  return { claim: ALLOWED_CLAIM.slice(0, split), value: ALLOWED_CLAIM.slice(split + 1) };
}

/** The private key is in exactly one place. */
export type SigningConfig = { keyPairId: string; publicKey?: string } & (
  | { privateKey: KeyObject }
  | { kmsKeyId: string }
);

/**
 * The settings of the signing key.
 * @param fault takes what is wrong with them
 */
export function parseSigning(
  values: {
    KEY_PAIR_ID?: string;
    SIGNING_KEY?: string;
    SIGNING_KMS_KEY_ID?: string;
    SIGNING_PUBLIC_KEY?: string;
  },
  fault: ReportFault,
): SigningConfig | undefined {
  const { SIGNING_KEY: pem, SIGNING_KMS_KEY_ID: kmsKeyId, SIGNING_PUBLIC_KEY: publicKey } = values;
  if (!pem && !kmsKeyId) {
    fault(
      'SIGNING_KEY',
      'is missing: a private key as PEM, ECDSA P-256 or RSA 2048 (or SIGNING_KEY_FILE, a path, or SIGNING_KMS_KEY_ID, a key in AWS KMS)',
    );
  }
  if (pem && kmsKeyId)
    fault('SIGNING_KEY', 'must not be set together with SIGNING_KMS_KEY_ID: one key signs');
  const read = (name: string, parse: () => KeyObject): KeyObject | undefined => {
    try {
      return parse();
    } catch (error) {
      fault(name, error instanceof Error ? error.message : 'cannot be read');
      return undefined;
    }
  };
  const publicHalf = publicKey ? read('SIGNING_PUBLIC_KEY', () => parsePublicKey(publicKey)) : undefined;
  const common = { keyPairId: values.KEY_PAIR_ID ?? '', ...(publicKey ? { publicKey } : {}) };
  if (kmsKeyId) return { ...common, kmsKeyId };
  const privateKey = pem ? read('SIGNING_KEY', () => parseSigningKey(pem)) : undefined;
  if (!privateKey) return undefined;
  if (publicHalf && !isKeyPair(privateKey, publicHalf)) {
    fault('SIGNING_KEY', 'is not the other half of SIGNING_PUBLIC_KEY');
  }
  return { ...common, privateKey };
}
