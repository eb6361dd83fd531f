import { createRemoteJWKSet, type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import { GatewayError } from '../domain/errors.ts';
import type { LogoutToken } from '../domain/ports.ts';

const MAX_AGE_SECONDS = 600;
const CLOCK_SKEW_SECONDS = 60;
/** Signatures by a key of the provider: none is made with a secret that others have, or with nothing. */
const LOGOUT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** @throws GatewayError logout_token_invalid, provider_unavailable */
export type LogoutTokenReader = (rawToken: string) => Promise<LogoutToken>;

/** Validates logout tokens of one provider (OpenID Connect Back-Channel Logout 1.0, section 2.6). */
export function createLogoutTokenReader(
  { issuer, jwks_uri: jwksUri = '' }: { issuer: string; jwks_uri?: string },
  { clientId, timeoutSeconds, now }: { clientId: string; timeoutSeconds: number; now: () => number },
): LogoutTokenReader {
  const keys = createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: timeoutSeconds * 1_000 });
  return async (rawToken) => {
    try {
      const { payload } = await jwtVerify(rawToken, keys, {
        issuer,
        audience: clientId,
        algorithms: LOGOUT_ALGORITHMS,
        requiredClaims: ['iat', 'exp', 'jti', 'events'],
        maxTokenAge: MAX_AGE_SECONDS,
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate: new Date(now()),
      });
      return parseLogoutToken(payload, issuer);
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause;
      throw new GatewayError(isOfKeys(cause) ? 'provider_unavailable' : 'logout_token_invalid', { cause });
    }
  };
}

/** The provider's keys could not be had: that says nothing of the token. */
function isOfKeys(cause: unknown): boolean {
  if (!(cause instanceof joseErrors.JOSEError)) return true;
  return ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(cause.code);
}

/** @throws GatewayError logout_token_invalid */
function parseLogoutToken(payload: JWTPayload, issuer: string): LogoutToken {
  const { sub, sid, jti, iat, nonce, events } = payload;
  const isLogout =
    typeof events === 'object' &&
    events !== null &&
    Object.entries(events).some(([name, value]) => name === LOGOUT_EVENT && typeof value === 'object');
  const names = [sub, sid].filter((name) => name !== undefined);
  // With a nonce it could be an ID token that somebody sends here (section 2.4).
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
