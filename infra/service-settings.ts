import { defined } from '@cloudfront-cookie-gateway/core/defined';
import type { SettingFault } from '@cloudfront-cookie-gateway/core/origins';
import type { StackValues } from './values-schema.ts';

/** The settings that are known only once the stack's resources exist. */
export interface MadeSettings {
  TABLE_NAME: string;
  DETAILS_TABLE_NAME: string;
  BUCKET_NAME: string;
  KEY_VALUE_STORE_ARN: string;
  KEY_PAIR_ID: string;
  MOVER_FUNCTION_NAME: string;
}

/** Without `allow`, the service would be open to everybody. */
type KnownValues = Partial<StackValues> & Pick<StackValues, 'allow'>;

/**
 * The environment of the service's function.
 * @param values may lack some while they are checked; their settings are then left out
 */
export function serviceSettings(values: KnownValues, made: MadeSettings): Record<string, string> {
  const settings = {
    APP_ORIGIN: values.appOrigin,
    FILES_ORIGIN: values.filesOrigin,
    OIDC_ISSUER: values.oidcIssuer,
    OIDC_CLIENT_ID: values.oidcClientId,
    OIDC_SCOPES: values.oidcScopes,
    NATIVE_CLIENT_IDS: values.nativeClientIds?.join(','),
    OIDC_LOGOUT_STYLE: values.oidcLogoutStyle,
    USER_ID_CLAIM: values.userIdClaim,
    USER_ID_ISSUER: values.userIdIssuer,
    PROVIDER_RECHECK_SECONDS: values.providerRecheckSeconds,
    // Without its start, nobody can say whose set of a team a credential is.
    TEAMS: values.edgeCredential === 'trusted' ? 'off' : values.teams,
    TEAM_CLAIM: values.teamClaim,
    TEAM_ROLE: values.teamRole,
    MAX_USER_BYTES: values.maxUserBytes,
    MAX_TEAM_BYTES: values.maxTeamBytes,
    ...allowSettings(values.allow),
    FILES_IPV6: values.ipv6 ? true : undefined,
    ...made,
    SIGNING_PUBLIC_KEY: values.publicKeys?.[0]?.pem,
    COOKIE_LIFETIME_SECONDS: values.cookieLifetimeSeconds,
    KEEP_DELETED_DAYS: values.keepDeletedDays,
    SCAN: values.scan,
    SECRET_ID: values.secretArn,
    SIGNING_KMS_KEY_ID: values.signingKmsKeyArn,
    // This setting tells the service that the page in its code is the operator's own.
    WEB_DIRECTORY: values.webDirectory && 'web',
    CONTENT_SECURITY_POLICY: values.contentSecurityPolicy,
  };
  const set = Object.entries(defined<Record<string, string | number | boolean>>(settings));
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

/** @throws TypeError if it is none of the three forms, since no setting means everybody */
function allowSettings(allow: StackValues['allow']): Record<string, string> {
  if (allow === 'everybody') return {};
  if ('claim' in allow) return { ALLOWED_CLAIM: `${allow.claim}=${allow.value}` };
  return { ALLOWED_EMAIL_DOMAINS: allow.emailDomains.join(',') };
}

/**
 * What Lambda takes (Lambda quotas, "Environment variables": 4 KB). It measures names and values together as JSON: its
 * refusal shows the "String measured" (github.com/github-aws-runners/terraform-aws-github-runner/issues/3594).
 */
const MOST_BYTES = 4_096;

/** The values that can be long, by the setting that each becomes. */
const LONG: Record<string, keyof StackValues> = {
  ALLOWED_CLAIM: 'allow',
  ALLOWED_EMAIL_DOMAINS: 'allow',
  CONTENT_SECURITY_POLICY: 'contentSecurityPolicy',
  NATIVE_CLIENT_IDS: 'nativeClientIds',
  OIDC_CLIENT_ID: 'oidcClientId',
  OIDC_ISSUER: 'oidcIssuer',
  OIDC_SCOPES: 'oidcScopes',
  SIGNING_PUBLIC_KEY: 'publicKeys',
  USER_ID_ISSUER: 'userIdIssuer',
};

/** @returns the fault of values that make the environment too large for Lambda. It names the largest three */
export function settingsFault(values: Partial<StackValues>): SettingFault | undefined {
  const settings = serviceSettings({ allow: 'everybody', ...values }, longestMade(values.stackName ?? ''));
  const bytes = jsonBytes(settings);
  if (bytes <= MOST_BYTES) return undefined;
  const largest = Object.entries(settings)
    .flatMap(([name, text]) =>
      LONG[name] ? [{ value: LONG[name], bytes: jsonBytes({ [name]: text }) }] : [],
    )
    .toSorted((one, other) => other.bytes - one.bytes)
    .slice(0, 3);
  const shares = largest.map((share) => `${share.value} ${share.bytes}`).join(', ');
  return {
    path: String(largest[0]?.value),
    message: `is too long: the settings of the service have ${bytes} bytes, and Lambda takes ${MOST_BYTES} (${shares})`,
  };
}

/** CloudFormation makes a name of the stack's name, the resource's, and up to 13 random characters. */
function longestMade(stackName: string): MadeSettings {
  return {
    TABLE_NAME: `${stackName}-Sessions8896A56D-${'X'.repeat(13)}`,
    DETAILS_TABLE_NAME: `${stackName}-Details9AC9F377-${'X'.repeat(13)}`,
    BUCKET_NAME: 'x'.repeat(63),
    KEY_VALUE_STORE_ARN: `arn:aws:cloudfront::123456789012:key-value-store/${'x'.repeat(36)}`,
    KEY_PAIR_ID: 'K'.repeat(14),
    MOVER_FUNCTION_NAME: `${stackName}-MoverXXXXXXXX-${'X'.repeat(13)}`,
  };
}

function jsonBytes(settings: Record<string, string>): number {
  return Buffer.byteLength(JSON.stringify(settings));
}
