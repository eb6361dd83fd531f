import type { Assumptions } from './assumptions.ts';
import { normalisePath } from './normalised-path.ts';
import type { ViewerRequest } from './viewer-request.ts';

/** The parameters that CloudFront takes as its own, as signed URLs name them. */
type SigningName = 'Expires' | 'Policy' | 'Signature' | 'Key-Pair-Id' | 'Hash-Algorithm';

const COOKIE_PREFIX = 'CloudFront-';

/** What a viewer shows: signing parameters of the URL, or cookies. Nothing is checked or decoded yet. */
export interface Credential {
  kind: 'url' | 'cookies';
  keyPairId: string | undefined;
  /** One of the two at most. */
  rawPolicy: string | undefined;
  rawExpires: string | undefined;
  rawSignature: string | undefined;
  hashAlgorithm: string | undefined;
  /** The URL without the signing parameters; the others keep their bytes and order. */
  url: string;
}

/**
 * Any signing parameter in the query makes it a signed URL, and cookies are ignored (DG: signed URLs and signed
 * cookies).
 */
export function readCredential(viewer: ViewerRequest, assumptions: Assumptions): Credential {
  const { origin, rawPath, rawQuery } = viewer;
  const values = new Map<SigningName, string>();
  const take = (name: string, value: string): void => {
    if (isSigningName(name) && (assumptions.duplicates === 'last' || !values.has(name)))
      values.set(name, value);
  };
  for (const part of rawQuery === undefined ? [] : rawQuery.split('&')) take(...splitAtEquals(part));
  const kind = values.size > 0 ? 'url' : 'cookies';
  const query = kind === 'url' ? withoutSigning(rawQuery) : rawQuery;
  if (kind === 'cookies') {
    for (const [name, value] of cookiePairs(viewer)) {
      if (name.startsWith(COOKIE_PREFIX)) take(name.slice(COOKIE_PREFIX.length), value);
    }
  }
  const isPolicyLeft = assumptions.policyWithExpires === 'expires' && values.has('Expires');
  const isExpiresLeft = assumptions.policyWithExpires === 'policy' && values.has('Policy');
  const path = assumptions.signatureOnNormalisedUri ? normalisePath(rawPath) : rawPath;
  return {
    kind,
    keyPairId: values.get('Key-Pair-Id'),
    rawPolicy: isPolicyLeft ? undefined : values.get('Policy'),
    rawExpires: isExpiresLeft ? undefined : values.get('Expires'),
    rawSignature: values.get('Signature'),
    hashAlgorithm: values.get('Hash-Algorithm'),
    url: query === undefined ? origin + path : `${origin}${path}?${query}`,
  };
}

/** A raw query without the signing parameters; undefined where nothing is left. */
export function withoutSigning(rawQuery: string | undefined): string | undefined {
  const rest = rawQuery?.split('&').filter((part) => !isSigningName(splitAtEquals(part)[0]));
  return rest && rest.length > 0 ? rest.join('&') : undefined;
}

/** The lines of the Cookie header without those that CloudFront takes as its own. */
export function withoutSigningCookies(lines: readonly string[]): string[] {
  const isOther = (pair: string) => {
    const [name] = splitAtEquals(pair.trim());
    return !(name.startsWith(COOKIE_PREFIX) && isSigningName(name.slice(COOKIE_PREFIX.length)));
  };
  return lines.map((line) => line.split(';').filter(isOther).join(';')).filter((line) => line !== '');
}

/** Cookies by name, in the order in which they were sent. */
export function readCookies(viewer: ViewerRequest): Map<string, string[]> {
  const cookies = new Map<string, string[]>();
  for (const [name, value] of cookiePairs(viewer)) {
    if (name !== '') cookies.set(name, [...(cookies.get(name) ?? []), value]);
  }
  return cookies;
}

function cookiePairs(viewer: ViewerRequest): [name: string, value: string][] {
  return (viewer.headers.get('cookie') ?? []).flatMap((line) =>
    line.split(';').map((pair) => splitAtEquals(pair.trim())),
  );
}

export function splitAtEquals(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

/** Names have a case. */
function isSigningName(name: string): name is SigningName {
  switch (name) {
    case 'Expires':
    case 'Policy':
    case 'Signature':
    case 'Key-Pair-Id':
    case 'Hash-Algorithm':
      return true;
    default:
      return false;
  }
}
