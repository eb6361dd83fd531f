import type { AllowRule } from '../core/allow-rule.ts';
import { defined } from '../core/defined.ts';
import { issuerFault } from '../core/issuer.ts';
import { RECHECK_SECONDS } from '../core/time-bounds.ts';
import { readAllow } from './allow.ts';
import { createValueReader, type Fault } from './value-reader.ts';

/** The identity provider, and the rule of who may sign in. */
export interface ProviderValues {
  oidcIssuer: string;
  oidcClientId: string;
  /** The scopes that a sign-in asks for (contract of `OIDC_SCOPES`). */
  oidcScopes?: string;
  /** Who of the provider's users may sign in. */
  allow: AllowRule | 'everybody';
  /**
   * How the provider is told of a sign-out (contract of `OIDC_LOGOUT_STYLE`). If it is left out, the standard's way is
   * used.
   */
  oidcLogoutStyle?: 'cognito';
  /** A claim of the ID token that names users, instead of issuer and subject (contract of `USER_ID_CLAIM`). */
  userIdClaim?: string;
  /** The old issuer, after its address has changed (contract of `USER_ID_ISSUER`). */
  userIdIssuer?: string;
  /** How often the provider is asked again about a live session (contract of `PROVIDER_RECHECK_SECONDS`). */
  providerRecheckSeconds?: number;
}

export const PROVIDER_VALUES = [
  ...['oidcIssuer', 'oidcClientId', 'oidcScopes', 'allow', 'userIdClaim', 'userIdIssuer'],
  ...['oidcLogoutStyle', 'providerRecheckSeconds'],
];

/** @param faults takes each fault */
export function readProviderValues(given: Record<string, unknown>, faults: Fault[]): ProviderValues {
  const read = createValueReader(given, faults);
  const oidcIssuer = read.text('oidcIssuer');
  const oidcClientId = read.text('oidcClientId');
  const allow = readAllow(given['allow'], read.fault);
  const oidcScopes = read.optionalText('oidcScopes');
  const oidcLogoutStyle = read.optionalText('oidcLogoutStyle');
  const userIdClaim = read.optionalText('userIdClaim');
  const userIdIssuer = read.optionalText('userIdIssuer');
  for (const [name, issuer] of Object.entries({ oidcIssuer, userIdIssuer })) {
    const fault = issuer ? issuerFault(issuer) : undefined;
    if (fault !== undefined) read.fault(name, fault);
  }
  if (oidcClientId && !/^[!-~](?:[ -~]*[!-~])?$/.test(oidcClientId)) {
    read.fault(
      'oidcClientId',
      'must be the client id alone: printable ASCII, without a line break or a space around it',
    );
  }
  if (oidcScopes !== undefined && !/^([!-~]+ )*openid( [!-~]+)*$/.test(oidcScopes)) {
    read.fault('oidcScopes', 'must be scopes with a space between them, openid among them');
  }
  if (oidcLogoutStyle !== undefined && oidcLogoutStyle !== 'cognito') {
    read.fault('oidcLogoutStyle', 'must be cognito, or left out');
  }
  if (userIdClaim !== undefined && !/^[A-Za-z0-9_.:/-]{1,128}$/.test(userIdClaim)) {
    read.fault('userIdClaim', 'must be the name of a claim, or left out');
  }
  return {
    ...{ oidcIssuer, oidcClientId, allow },
    ...defined({ oidcScopes, userIdClaim, userIdIssuer, providerRecheckSeconds: recheckSeconds() }),
    ...(oidcLogoutStyle === 'cognito' ? { oidcLogoutStyle } : {}),
  };

  function recheckSeconds(): number | undefined {
    if (given['providerRecheckSeconds'] === undefined) return undefined;
    const { shortest, longest } = RECHECK_SECONDS;
    return given['providerRecheckSeconds'] === 0
      ? 0
      : read.whole('providerRecheckSeconds', shortest.deployed, longest, shortest.deployed);
  }
}

/** The settings of the service that follow from these values. */
export function providerSettings(values: ProviderValues): Record<string, string> {
  const settings = {
    OIDC_ISSUER: values.oidcIssuer,
    OIDC_CLIENT_ID: values.oidcClientId,
    OIDC_SCOPES: values.oidcScopes,
    OIDC_LOGOUT_STYLE: values.oidcLogoutStyle,
    USER_ID_CLAIM: values.userIdClaim,
    USER_ID_ISSUER: values.userIdIssuer,
    PROVIDER_RECHECK_SECONDS: values.providerRecheckSeconds,
  };
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
