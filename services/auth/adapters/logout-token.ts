import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { JWTPayload } from 'jose';
import type { LogoutToken } from '../domain/ports.ts';
import { readProviderJwt } from './provider-jwt.ts';
import type { ProviderKeys } from './provider-keys.ts';

const MAX_AGE_SECONDS = 600;
/** Section 2.4 recommends `logout+jwt`. Many providers give no type, or that of any JWT (RFC 7515, section 4.1.9). */
const TYPES = ['logout+jwt', 'application/logout+jwt', 'jwt', 'application/jwt'];
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Validates a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).
 * @throws GatewayError logout_token_invalid, provider_unavailable
 */
export async function readLogoutToken(
  rawToken: string,
  keys: ProviderKeys,
  { issuer, clientId, nowMs }: { issuer: string; clientId: string; nowMs: number },
): Promise<LogoutToken> {
  const expected = {
    types: TYPES,
    issuer,
    audience: clientId,
    requiredClaims: ['iat', 'exp', 'jti', 'events'],
    maxTokenAge: MAX_AGE_SECONDS,
    nowMs,
    refusal: 'logout_token_invalid' as const,
  };
  return readProviderJwt(rawToken, keys, expected, (payload) =>
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
