import { type ErrorCode, GatewayError, type ProviderAnswer } from '@cloudfront-cookie-gateway/core/errors';
import * as client from 'openid-client';
import { cleanText } from '../clean-text.ts';
import { ASK_ADMINISTRATOR } from './discovery.ts';

/**
 * Errors of an authorization response that a person can do something about (RFC 6749, 4.1.2.1; OpenID Connect Core 1.0,
 * 3.1.2.6).
 */
const OF_PERSON =
  'access_denied login_required consent_required interaction_required account_selection_required'.split(' ');
const OF_MOMENT = ['temporarily_unavailable', 'server_error'];

/** The error `invalid_client` (RFC 6749, section 5.2), with status 400, or with status 401 and a challenge. */
export function isInvalidClient(error: unknown): boolean {
  return (
    (error instanceof client.ResponseBodyError && error.error === 'invalid_client') ||
    (error instanceof client.WWWAuthenticateChallengeError && error.status === 401)
  );
}

/** Turns the error of a call to the provider into ours, with the words for a person. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const cause = { cause: error };
  if (error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError) {
    const isAnswer = error instanceof client.AuthorizationResponseError;
    return fromAnswer(isAnswer ? 'login_refused' : 'login_failed', error, cause);
  }
  if (isInvalidClient(error))
    return new GatewayError('login_failed', { ...cause, detail: ASK_ADMINISTRATOR });
  return new GatewayError(isUnreachable(error) ? 'provider_unavailable' : 'login_failed', cause);
}

function fromAnswer(
  code: ErrorCode,
  { error, error_description: description }: { error: string; error_description?: string | undefined },
  cause: { cause: unknown },
): GatewayError {
  const said: ProviderAnswer = {
    error: clean(error, 64),
    description: description && clean(description, 300),
  };
  if (OF_MOMENT.includes(error)) return new GatewayError('provider_unavailable', { ...cause, said });
  const isPersons = OF_PERSON.includes(error) || error === 'invalid_grant';
  return new GatewayError(code, { ...cause, said, ...(isPersons ? {} : { detail: ASK_ADMINISTRATOR }) });
}

/** Removes everything that may be a code or a token. */
function clean(rawText: string, maxLength: number): string {
  return cleanText(rawText, maxLength).replace(/[\w.~+/=-]{40,}/g, '...');
}

/** `fetch` throws a TypeError for a connection that fails. openid-client throws OAUTH_TIMEOUT for one that hangs. */
function isUnreachable(error: unknown): boolean {
  return error instanceof TypeError
    ? error.message === 'fetch failed'
    : error instanceof Error && 'code' in error && error.code === 'OAUTH_TIMEOUT';
}
