import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { ServerMetadata } from 'openid-client';
import { cleanText } from '../clean-text.ts';

/** The words for a person, if a second try cannot help. */
export const ASK_ADMINISTRATOR =
  'The identity provider of this app is not set up right. Trying again will not help: please ask your administrator.';

/** TLS error codes of a certificate whose issuer is not known to this machine. */
const UNTRUSTED = /^(?:UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_UNTRUSTED|INVALID_CA)/;

/** Discovery brought no metadata. The message tells an operator what was asked and what came. */
export class DiscoveryError extends Error {}

/** The provider calls itself by another issuer than OIDC_ISSUER. No sign-in can work before one of the two is changed. */
export class OtherIssuerError extends DiscoveryError {}

/**
 * Reads the metadata of a provider (OpenID Connect Discovery 1.0, section 4). From then on the service uses the issuer
 * as the provider spells it.
 * @throws GatewayError provider_unavailable, whose cause is a DiscoveryError
 */
export async function discover(issuer: string, timeoutMs: number): Promise<ServerMetadata> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const failed = (what: string, isLasting: boolean, cause?: unknown) =>
    new GatewayError('provider_unavailable', {
      ...(isLasting ? { detail: ASK_ADMINISTRATOR } : {}),
      cause: new DiscoveryError(`GET ${url}: ${what}`, { cause }),
    });
  let answer: Response;
  try {
    answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const code = codeOf(error);
    if (!UNTRUSTED.test(code)) throw failed(`no answer (${code})`, false, error);
    const help = 'set NODE_EXTRA_CA_CERTS to the file of your CA';
    throw failed(`the certificate's CA is not known to this machine (${code}): ${help}`, true, error);
  }
  if (answer.status !== 200) {
    const isBusy = answer.status >= 500 || answer.status === 429;
    const help = isBusy ? '' : ': is OIDC_ISSUER the whole issuer, with its path?';
    throw failed(`status ${answer.status}${help}`, !isBusy);
  }
  const metadata: unknown = await answer.json().catch(() => undefined);
  if (!isMetadata(metadata)) {
    throw failed(
      'the answer is not the metadata of a provider: issuer, authorization_endpoint, token_endpoint and jwks_uri are needed',
      true,
    );
  }
  if (!isSameIssuer(metadata.issuer, issuer)) {
    const told = cleanText(metadata.issuer, 200);
    const what = `its issuer is ${told} and OIDC_ISSUER is ${issuer}: if that is your provider, set OIDC_ISSUER to ${told}`;
    throw new GatewayError('provider_unavailable', {
      detail: ASK_ADMINISTRATOR,
      cause: new OtherIssuerError(`GET ${url}: ${what}`),
    });
  }
  return metadata;
}

/**
 * Compares byte for byte (OpenID Connect Discovery 1.0, section 4.3), but ignores the case of percent-escapes (RFC 3986,
 * section 6.2.2.1). A slash at the end counts.
 */
function isSameIssuer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((issuer) =>
    issuer.replace(/%[0-9a-f]{2}/gi, (escaped) => escaped.toUpperCase()),
  );
  return a === b;
}

function isMetadata(value: unknown): value is ServerMetadata {
  const names = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'];
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).filter(([name, member]) => names.includes(name) && isUrl(member)).length ===
      names.length
  );
}

function isUrl(member: unknown): boolean {
  return typeof member === 'string' && URL.canParse(member);
}

/** `fetch` puts the reason into the cause of its TypeError. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
