import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { type JWTPayload, errors as joseErrors } from 'jose';
import { readProviderJwt } from './provider-jwt.ts';
import type { ProviderKeys } from './provider-keys.ts';

/** A native client exchanges its ID token as soon as it has one. */
const MAX_AGE_SECONDS = 300;

/** The claims of an ID token after the checks. */
export type NativeClaims = JWTPayload & { iss: string; sub: string };

interface NativeExpected {
  issuer: string;
  /** The clients whose ID tokens count. */
  clientIds: string[];
  /** Nobody can be let in without these claims, and nobody but the token can be asked for them. */
  requiredClaims: string[];
  /** As the client sent it to the provider. Undefined if it sent none. */
  nonce: string | undefined;
  nowMs: number;
}

/**
 * Validates an ID token that a native client sends (OpenID Connect Core 1.0, section 3.1.3.7; RFC 8693, section 2.1).
 * @throws GatewayError invalid_request, provider_unavailable
 */
export async function readNativeToken(
  rawToken: string,
  keys: ProviderKeys,
  { issuer, clientIds, requiredClaims, nonce, nowMs }: NativeExpected,
): Promise<NativeClaims> {
  const expected = {
    // The provider's access tokens and logout tokens may name the client too. Most have types of their own.
    types: ['jwt'],
    issuer,
    audience: clientIds,
    requiredClaims: ['iat', 'exp', 'sub', ...requiredClaims],
    maxTokenAge: MAX_AGE_SECONDS,
    nowMs,
    refusal: 'invalid_request' as const,
    detailOf,
  };
  return readProviderJwt(rawToken, keys, expected, (payload) => {
    const { aud, azp, events, iss = '', sub } = payload;
    if (typeof aud !== 'string') throw refused(FAULTS['aud']);
    if (azp !== undefined && azp !== aud) throw refused('its azp is another client than its aud');
    if (payload['nonce'] !== nonce) throw refused('its nonce is not the one of the request');
    // A logout token without a type of its own (OpenID Connect Back-Channel Logout 1.0, section 2.4).
    if (events !== undefined) throw refused('it is a logout token');
    if (isAccessToken(payload)) throw refused('it is an access token');
    if (typeof sub !== 'string') throw refused('its sub is not a text');
    return { ...payload, iss, sub };
  });
}

/**
 * Whether it is an access token without a type of its own. Every server that the client calls has one. RFC 9068 asks for
 * `client_id`. Okta and Entra ID have `scp`, Keycloak `typ`, and Cognito `token_use`. ID tokens may have `scope`.
 */
function isAccessToken({ client_id: client, scp, typ, token_use: use }: JWTPayload): boolean {
  return client !== undefined || scp !== undefined || typ === 'Bearer' || use === 'access';
}

/** What is wrong with a claim that jose has checked. */
const FAULTS: Record<string, string> = {
  aud: 'its aud is not one client of NATIVE_CLIENT_IDS',
  iss: 'another provider made it',
  iat: 'it was not issued within the last five minutes',
  exp: 'it has expired',
};

function detailOf(fault: unknown): string {
  const isOfClaim =
    fault instanceof joseErrors.JWTClaimValidationFailed || fault instanceof joseErrors.JWTExpired;
  if (!isOfClaim) return wordsFor("the provider's keys do not verify it as an ID token");
  const { claim, reason } = fault;
  return wordsFor(
    reason === 'missing' ? `its ${claim} is missing` : (FAULTS[claim] ?? `its ${claim} is wrong`),
  );
}

function refused(why: string | undefined): GatewayError {
  return new GatewayError('invalid_request', { detail: wordsFor(why ?? '') });
}

function wordsFor(why: string): string {
  return `The subject_token is not accepted: ${why}. Ask the provider for a new ID token.`;
}
