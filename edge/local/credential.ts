import type { ViewerRequest } from './viewer-request.ts';

/** The parameters that CloudFront takes as its own, as signed URLs name them. */
const NAMES = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'] as const;
const SIGNING_NAMES: ReadonlySet<string> = new Set(NAMES);

/** What a viewer shows: signing parameters of the URL, or cookies. Nothing is checked or decoded yet. */
export interface Credential {
  kind: 'url' | 'cookies';
  keyPairId: string | undefined;
  rawPolicy: string | undefined;
  /** Only where there is no policy: a policy goes before a canned one. */
  rawExpires: string | undefined;
  rawSignature: string | undefined;
  hashAlgorithm: string | undefined;
  /** The raw URL without the signing parameters; the others keep their bytes and order. */
  url: string;
}

/**
 * Any signing parameter in the query makes it a signed URL, and cookies are ignored (DG: signed URLs and signed
 * cookies). Which of several values of one name CloudFront takes is not known; here it is the first.
 */
export function readCredential(viewer: ViewerRequest): Credential {
  const query = withoutSigning(viewer.rawQuery);
  const url = `${viewer.origin}${viewer.rawPath}${query === undefined ? '' : `?${query}`}`;
  const parameters = firstOfEach(viewer.rawQuery?.split('&') ?? []);
  const isSignedUrl = NAMES.some((name) => parameters.has(name));
  const cookies = readCookies(viewer);
  const value = (name: (typeof NAMES)[number]): string | undefined =>
    isSignedUrl ? parameters.get(name) : cookies.get(`CloudFront-${name}`)?.[0];
  const rawPolicy = value('Policy');
  return {
    kind: isSignedUrl ? 'url' : 'cookies',
    keyPairId: value('Key-Pair-Id'),
    rawPolicy,
    rawExpires: rawPolicy === undefined ? value('Expires') : undefined,
    rawSignature: value('Signature'),
    hashAlgorithm: value('Hash-Algorithm'),
    url,
  };
}

/** A raw query without the signing parameters; undefined where nothing is left. */
export function withoutSigning(rawQuery: string | undefined): string | undefined {
  const rest = rawQuery?.split('&').filter((part) => !SIGNING_NAMES.has(part.split('=', 1)[0] ?? ''));
  return rest && rest.length > 0 ? rest.join('&') : undefined;
}

/** Cookies by name, in the order in which they were sent. */
export function readCookies(viewer: ViewerRequest): Map<string, string[]> {
  const cookies = new Map<string, string[]>();
  for (const line of viewer.headers.get('cookie') ?? []) {
    for (const pair of line.split(';')) {
      const [name, value] = splitAtEquals(pair.trim());
      if (name !== '') cookies.set(name, [...(cookies.get(name) ?? []), value]);
    }
  }
  return cookies;
}

export function splitAtEquals(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

function firstOfEach(pairs: string[]): Map<string, string> {
  const first = new Map<string, string>();
  for (const [name, value] of pairs.map(splitAtEquals)) {
    if (!first.has(name)) first.set(name, value);
  }
  return first;
}
