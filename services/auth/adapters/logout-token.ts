import type { JWTPayload } from 'jose';
import { GatewayError } from '../domain/errors.ts';
import type { LogoutToken } from '../domain/ports.ts';
import type { ProviderKeys } from './provider-keys.ts';
import { SIGNATURE_ALGORITHMS } from './provider-keys.ts';

const MAX_AGE_SECONDS = 600;
const CLOCK_SKEW_SECONDS = 60;
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
  try {
    const payload = await keys.verify(rawToken, {
      issuer,
      audience: clientId,
      algorithms: SIGNATURE_ALGORITHMS,
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(nowMs),
    });
    return parseLogoutToken(payload, issuer);
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('logout_token_invalid', { cause });
  }
}

/** @throws GatewayError logout_token_invalid */
function parseLogoutToken(payload: JWTPayload, issuer: string): LogoutToken {
  const { sub, sid, jti, iat, nonce, events } = payload;
  const isLogout =
    typeof events === 'object' &&
    events !== null &&
    Object.entries(events).some(([name, value]) => name === LOGOUT_EVENT && typeof value === 'object');
  const names = [sub, sid].filter((name) => name !== undefined);
  // A token with a nonce could be an ID token that somebody sends here (section 2.4).
  const isFit = isLogout && nonce === undefined && names.length > 0 && names.every((name) => isText(name));
  if (!isFit || !isText(jti) || iat === undefined) throw new GatewayError('logout_token_invalid');
  return {
    issuer,
    jti,
    issuedAtEpoch: iat,
    ...(isText(sub) ? { subject: sub } : {}),
    ...(isText(sid) ? { sid } : {}),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
