import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { decodeProtectedHeader, type JWTPayload, type JWTVerifyOptions, errors as joseErrors } from 'jose';
import { SIGNATURE_ALGORITHMS, type VerifyJwt } from './keys.ts';
import type { LogoutToken } from './provider.ts';

const CLOCK_SKEW_SECONDS = 60;

/** What a token must be. */
export interface Expected extends JWTVerifyOptions {
  /** The types that may stand in the header, in lower case. Without one, a token is a `JWT`. */
  types: string[];
  nowMs: number;
  /** The code of every refusal. */
  refusal: ErrorCode;
  /** The words of a refusal, for what the verification has found. */
  detailOf?: (fault: unknown) => string;
}

/**
 * Verifies a token that somebody else sends, and of which they say that the provider made it.
 * @param parse reads the claims; it throws GatewayError for what it does not take
 * @throws GatewayError the refusal; provider_unavailable
 */
export async function readProviderJwt<T>(
  rawToken: string,
  verify: VerifyJwt,
  { types, nowMs, refusal, detailOf, ...options }: Expected,
  parse: (payload: JWTPayload) => T,
): Promise<T> {
  try {
    const { typ = 'JWT' } = decodeProtectedHeader(rawToken);
    if (typeof typ !== 'string' || !types.includes(typ.toLowerCase())) throw new TypeError('other type');
    const payload = await verify(rawToken, {
      ...options,
      algorithms: SIGNATURE_ALGORITHMS,
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(nowMs),
    });
    return parse(payload);
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError(refusal, { cause, ...(detailOf ? { detail: detailOf(cause) } : {}) });
  }
}

const LOGOUT_SECONDS = 600;
/** Section 2.4 recommends `logout+jwt`. Many providers give no type, or that of any JWT (RFC 7515, section 4.1.9). */
const TYPES = ['logout+jwt', 'application/logout+jwt', 'jwt', 'application/jwt'];
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Validates a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).
 * @throws GatewayError logout_token_invalid, provider_unavailable
 */
export async function readLogoutToken(
  rawToken: string,
  verify: VerifyJwt,
  { issuer, clientId, nowMs }: { issuer: string; clientId: string; nowMs: number },
): Promise<LogoutToken> {
  const expected = {
    types: TYPES,
    issuer,
    audience: clientId,
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
    maxTokenAge: LOGOUT_SECONDS,
    nowMs,
    refusal: 'logout_token_invalid' as const,
  };
  return readProviderJwt(rawToken, verify, expected, (payload) =>
    parseLogoutToken(payload, { issuer, clientId }),
  );
}

/** @throws GatewayError logout_token_invalid */
function parseLogoutToken(
  payload: JWTPayload,
  { issuer, clientId }: { issuer: string; clientId: string },
): LogoutToken {
  const { sub, sid, jti, iat, nonce, events, aud = [], azp } = payload;
  const isLogout =
    isJsonObject(events) &&
    Object.entries(events).some(([name, value]) => name === LOGOUT_EVENT && isJsonObject(value));
  // As in an ID token (OpenID Connect Core 1.0, section 3.1.3.7): who else is named must not matter.
  const isForUs = azp === undefined ? [aud].flat().length === 1 : azp === clientId;
  const names = [sub, sid].filter((name) => name !== undefined);
  // A token with a nonce could be an ID token that somebody sends here (section 2.4).
  const isFit =
    isLogout && isForUs && nonce === undefined && names.length > 0 && names.every((name) => isText(name));
  if (!isFit || !isText(jti) || iat === undefined) throw new GatewayError('logout_token_invalid');
  return {
    issuer,
    jti,
    issuedAtEpoch: iat,
    ...(isText(sub) ? { subject: sub } : {}),
    ...(isText(sid) ? { sid } : {}),
  };
}

/** `null` and arrays are no JSON objects (RFC 8259, section 4). */
function isJsonObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A native client exchanges its ID token as soon as it has one. */
const NATIVE_SECONDS = 300;

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
  verify: VerifyJwt,
  { issuer, clientIds, requiredClaims, nonce, nowMs }: NativeExpected,
): Promise<NativeClaims> {
  const expected = {
    // The provider's access tokens and logout tokens may name the client too. Most have types of their own.
    types: ['jwt'],
    issuer,
    audience: clientIds,
    requiredClaims: ['iat', 'exp', 'sub', ...requiredClaims],
    maxTokenAge: NATIVE_SECONDS,
    nowMs,
    refusal: 'invalid_request' as const,
    detailOf,
  };
  return readProviderJwt(rawToken, verify, expected, (payload) => {
    const { aud, azp, events, iss = '', sub } = payload;
    if (typeof aud !== 'string') throw refused('its aud is not one client of NATIVE_CLIENT_IDS');
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

/** jose's messages name the claim or the check that failed. */
function detailOf(fault: unknown): string {
  return wordsFor(fault instanceof joseErrors.JOSEError ? fault.message : 'it is no ID token');
}

function refused(why: string): GatewayError {
  return new GatewayError('invalid_request', { detail: wordsFor(why) });
}

function wordsFor(why: string): string {
  return `The subject_token is not accepted: ${why}. Ask the provider for a new ID token.`;
}
