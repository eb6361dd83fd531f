import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import { decodeProtectedHeader, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { type ProviderKeys, SIGNATURE_ALGORITHMS } from './provider-keys.ts';

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
  keys: ProviderKeys,
  { types, nowMs, refusal, detailOf, ...options }: Expected,
  parse: (payload: JWTPayload) => T,
): Promise<T> {
  try {
    const { typ = 'JWT' } = decodeProtectedHeader(rawToken);
    if (typeof typ !== 'string' || !types.includes(typ.toLowerCase())) throw new TypeError('other type');
    const payload = await keys.verify(rawToken, {
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
