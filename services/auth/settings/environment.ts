import { MAX_UPLOAD_BYTES, MEDIA_TYPE } from '@cloudfront-cookie-gateway/core/upload-limits';
import * as Type from 'typebox';
import { ROLES } from '../teams/membership.ts';
import {
  cookieSeconds,
  type Fault,
  form,
  type Kind,
  keptDays,
  kindOf,
  recheckSeconds,
  schemaFaults,
  text,
  wholeNumber,
  withDefaults,
} from './schema.ts';

/**
 * The settings of the service. A description follows `must be` if the value is wrong, and `is missing:` if there is
 * none. An empty value counts as missing.
 */
export const Environment = Type.Object({
  APP_ORIGIN: text("the app host's origin, such as https://app.example.com"),
  FILES_ORIGIN: text("the files host's origin, such as https://files.app.example.com"),
  OIDC_ISSUER: text('the issuer of your OpenID provider, such as https://login.example.com'),
  OIDC_CLIENT_ID: text('the client id that the provider gave you'),
  /** Only a public client has no secret. */
  OIDC_CLIENT_SECRET: Type.Optional(text('the client secret that the provider gave you')),
  /** Clients of the provider that are no browser. Their ID tokens begin sessions by `POST /auth/token`. */
  NATIVE_CLIENT_IDS: Type.Optional(
    form('[!-+\\--~]+(,[!-+\\--~]+)*', 'client ids with a comma between them, without spaces'),
  ),
  OIDC_TOKEN_ENDPOINT_AUTH_METHOD: Type.Union(
    [Type.Literal('client_secret_basic'), Type.Literal('client_secret_post'), Type.Literal('none')],
    {
      description: 'client_secret_basic or client_secret_post, or none for a public client',
      default: 'client_secret_basic',
    },
  ),
  OIDC_SCOPES: Type.String({
    description: 'scopes with a space between them, openid among them',
    pattern: '^([!-~]+ )*openid( [!-~]+)*$',
    default: 'openid profile email',
  }),
  /** The form in which the provider's end-session endpoint is asked. */
  OIDC_LOGOUT_STYLE: Type.Union([Type.Literal('standard'), Type.Literal('cognito')], {
    description: 'standard, or cognito for Amazon Cognito',
    default: 'standard',
  }),
  ALLOWED_EMAIL_DOMAINS: Type.Optional(
    form('[^\\s,@]+(,[^\\s,@]+)*', 'domains with a comma between them, such as example.com,example.org'),
  ),
  ALLOWED_CLAIM: Type.Optional(form('[^=]+=.+', 'name=value, such as groups=staff')),
  PROVIDER_RECHECK_SECONDS: recheckSeconds('deployed'),
  TABLE_NAME: text('the DynamoDB table of sessions'),
  DETAILS_TABLE_NAME: text('the DynamoDB table of details of files'),
  BUCKET_NAME: text('the S3 bucket of the files'),
  MOVER_FUNCTION_NAME: text('the Lambda function that copies and moves files'),
  /** How long the bucket keeps deleted and replaced files. Its own rules do so; this says what they are. */
  KEEP_DELETED_DAYS: keptDays(),
  KEY_VALUE_STORE_ARN: text("the ARN of the CloudFront KeyValueStore that the edge's function reads"),
  /** A server of the KeyValueStore API that is not AWS's. */
  KEY_VALUE_STORE_ENDPOINT: Type.Optional(text('a URL')),
  KEY_PAIR_ID: text('the id of the CloudFront public key that belongs to the signing key'),
  SIGNING_KEY: Type.Optional(
    text('a private key as PEM, ECDSA P-256 or RSA 2048 (or SIGNING_KEY_FILE, a path)'),
  ),
  SIGNING_KMS_KEY_ID: Type.Optional(text('id, ARN or alias of a P-256 key in AWS KMS')),
  SIGNING_PUBLIC_KEY: Type.Optional(text('the public key of KEY_PAIR_ID as PEM')),
  AWS_REGION: text('the region of the table and the bucket'),
  LOGIN_SECRET: text('32 random bytes as base64url: openssl rand 32 | basenc --base64url'),
  /** While the secret is replaced, this one still opens what it has sealed. */
  LOGIN_SECRET_PREVIOUS: Type.Optional(text('the previous LOGIN_SECRET, 32 random bytes as base64url')),
  COOKIE_LIFETIME_SECONDS: cookieSeconds('deployed'),
  FILES_IPV6: Type.Optional(
    Type.Literal('true', { description: 'true, or left out if the files host has no IPv6' }),
  ),
  USER_ID_CLAIM: Type.Optional(text('the name of a claim')),
  /** The old issuer, after its address has changed. Everybody then keeps their id. */
  USER_ID_ISSUER: Type.Optional(text('the issuer that ids are derived from')),
  MAX_FILE_BYTES: wholeNumber(1, MAX_UPLOAD_BYTES, { default: 5 * 1_024 ** 3 }),
  /** If it is not set, a user's files are not counted. */
  MAX_USER_BYTES: Type.Optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  /** People make teams, or a claim of the ID token names them, or both. */
  TEAMS: Type.Union(
    [Type.Literal('off'), Type.Literal('made'), Type.Literal('provider'), Type.Literal('both')],
    { description: 'off, made, provider or both', default: 'made' },
  ),
  TEAM_CLAIM: Type.Optional(form('[A-Za-z0-9_.:\\/\\-]{1,128}', 'the name of a claim')),
  /** The role of all members of a team of the provider. */
  TEAM_ROLE: Type.Enum([...ROLES], { description: `one of ${ROLES.join(', ')}`, default: 'editor' }),
  /** If it is not set, a team's files are not counted. */
  MAX_TEAM_BYTES: Type.Optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  /** Each file is readable only after a scan. A list then says which file is not. */
  SCAN: Type.Optional(
    Type.Union([Type.Literal('guardduty'), Type.Literal('demo')], {
      description: 'guardduty, or demo in the local stack',
    }),
  ),
  ALLOWED_TYPES: Type.String({
    description:
      'media types with a comma between them, in lower case, such as image/png,application/zip, or * for any',
    pattern: `^(\\*|${MEDIA_TYPE}(,${MEDIA_TYPE})*)$`,
    default: '*',
  }),
  /** A page that replaces this project's. */
  WEB_DIRECTORY: Type.Optional(text('a directory with an index.html')),
  CONTENT_SECURITY_POLICY: Type.Optional(form('[ -~]*[!-~][ -~]*', 'a Content-Security-Policy in one line')),
  HOST: Type.String({ description: 'a host name or an address', default: 'localhost' }),
  PORT: wholeNumber(0, 65_535, { default: 3000 }),
  TRUSTED_PROXIES: Type.Optional(
    text('addresses and CIDR ranges with a comma between them, such as 10.0.0.0/16,192.0.2.7'),
  ),
  RATE_LIMIT_PER_MINUTE: Type.Optional(wholeNumber(1, 1_000_000)),
  METRICS_HOST: Type.String({ description: 'an address to listen on', default: '127.0.0.1' }),
  METRICS_PORT: Type.Optional(wholeNumber(0, 65_535)),
  AWS_ENDPOINT_URL: Type.Optional(Type.String()),
  AWS_ENDPOINT_URL_S3: Type.Optional(Type.String()),
});
export type Environment = Type.Static<typeof Environment>;

/**
 * Reads the environment by the schema.
 * @returns what is given, or has a default; use it only if there is no fault
 */
export function readEnvironment(env: Record<string, string | undefined>): {
  values: Partial<Environment>;
  faults: Fault[];
  kind: Kind;
} {
  const kind = kindOf(env['APP_ORIGIN']);
  const schema = Type.Object({
    ...Environment.properties,
    COOKIE_LIFETIME_SECONDS: cookieSeconds(kind),
    PROVIDER_RECHECK_SECONDS: recheckSeconds(kind),
  });
  const given = Object.entries(schema.properties).flatMap(([name, member]) => {
    const raw = env[name];
    return raw ? [[name, Type.IsInteger(member) ? Number(raw) : raw]] : [];
  });
  const values = withDefaults(schema, Object.fromEntries(given));
  return { values, faults: schemaFaults(schema, values), kind };
}

/**
 * A browser's ID token must not begin a session without a browser.
 * @returns the fault of the native clients. It goes on after the name of the setting
 */
export function nativeClientsFault(
  nativeClientIds: readonly string[],
  clientId: string | undefined,
): string | undefined {
  return nativeClientIds.some((id) => id === clientId)
    ? 'must not hold the client id of the browsers: clients that are no browser have their own'
    : undefined;
}

/** @returns the fault of the claim that names teams. It goes on after the name of the setting */
export function teamClaimFault(
  teams: Environment['TEAMS'] | undefined,
  claim: string | undefined,
  userIdClaim: string | undefined,
): string | undefined {
  const isOfProvider = teams === 'provider' || teams === 'both';
  if (!claim) return isOfProvider ? "is missing: the claim that names a user's teams" : undefined;
  if (!isOfProvider) return 'must be left out: only teams of the provider come from a claim';
  return claim === userIdClaim
    ? 'must not be the claim that names users: no two of them have a value in common'
    : undefined;
}
