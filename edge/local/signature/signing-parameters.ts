import type { Assumptions } from '../assumptions.ts';
import { normalisedPath } from '../viewer/path-pattern.ts';
import type { ViewerRequest } from '../viewer/viewer-request.ts';

/** The parameters that CloudFront takes as its own, under the names that signed URLs have. */
const SIGNING_NAMES = ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'] as const;
type SigningName = (typeof SIGNING_NAMES)[number];

const COOKIE_PREFIX = 'CloudFront-';

/** The viewer's proof: signing parameters of the URL, or cookies. Nothing is checked or decoded yet. */
export interface Credential {
  kind: 'url' | 'cookies';
  keyPairId: string | undefined;
  /** At most one of these two is set. */
  rawPolicy: string | undefined;
  rawExpires: string | undefined;
  rawSignature: string | undefined;
  hashAlgorithm: string | undefined;
  /** The URL without the signing parameters. The other parameters keep their bytes and order. */
  url: string;
}

/**
 * A single signing parameter in the query makes a signed URL. The cookies are then ignored (DG: signed URLs and signed
 * cookies).
 */
export function readCredential(viewer: ViewerRequest, assumptions: Assumptions): Credential {
  const { origin, rawPath, rawQuery } = viewer;
  const values: { [Name in SigningName]?: string } = {};
  let kind: Credential['kind'] = 'cookies';
  const take = (name: string, value: string): void => {
    if (isSigningName(name) && (values[name] === undefined || assumptions.duplicates === 'last'))
      values[name] = value;
  };
  if (rawQuery !== undefined) {
    eachPair(rawQuery, '&', (name, value) => {
      if (isSigningName(name)) kind = 'url';
      take(name, value);
    });
  }
  const query = kind === 'cookies' ? rawQuery : withoutSigning(rawQuery);
  if (kind === 'cookies') {
    eachCookie(viewer, (name, value) => {
      if (name.startsWith(COOKIE_PREFIX)) take(name.slice(COOKIE_PREFIX.length), value);
    });
  }
  const { Policy: rawPolicy, Expires: rawExpires } = values;
  const isBoth = rawPolicy !== undefined && rawExpires !== undefined;
  const path = assumptions.signatureOnNormalisedUri ? normalisedPath(rawPath) : rawPath;
  return {
    kind,
    keyPairId: values['Key-Pair-Id'],
    rawPolicy: isBoth && assumptions.policyWithExpires === 'expires' ? undefined : rawPolicy,
    rawExpires: isBoth && assumptions.policyWithExpires === 'policy' ? undefined : rawExpires,
    rawSignature: values.Signature,
    hashAlgorithm: values['Hash-Algorithm'],
    url: query === undefined ? origin + path : `${origin}${path}?${query}`,
  };
}

/** A raw query without the signing parameters. Undefined if nothing is left. */
export function withoutSigning(rawQuery: string | undefined): string | undefined {
  const rest = rawQuery?.split('&').filter((part) => !isSigningName(splitAtEquals(part)[0]));
  return rest && rest.length > 0 ? rest.join('&') : undefined;
}

/** The lines of the Cookie header without the cookies that CloudFront takes as its own. */
export function withoutSigningCookies(lines: readonly string[]): string[] {
  const isOther = (pair: string) => !isSigningCookie(splitAtEquals(pair.trim())[0]);
  return lines.map((line) => line.split(';').filter(isOther).join(';')).filter((line) => line !== '');
}

/**
 * The request with each set of signing cookies by itself. Set n has the nth cookie of each name. Empty unless there are
 * several whole sets.
 */
export function oneSetEach(viewer: ViewerRequest): ViewerRequest[] {
  const cookies = new Map<string, string[]>();
  eachCookie(viewer, (name, value) => {
    if (isSigningCookie(name)) cookies.set(name, [...(cookies.get(name) ?? []), value]);
  });
  const [count = 0, ...others] = new Set([...cookies.values()].map(({ length }) => length));
  if (count < 2 || others.length > 0) return [];
  return Array.from({ length: count }, (_, n) => {
    const set = [...cookies].map(([name, values]) => `${name}=${values[n]}`).join('; ');
    return { ...viewer, headers: new Map(viewer.headers).set('cookie', [set]) };
  });
}

/** Cookies in the order in which they were sent. */
export function eachCookie({ headers }: ViewerRequest, visit: (name: string, value: string) => void): void {
  for (const line of headers.get('cookie') ?? []) eachPair(line, ';', visit);
}

/** Every request comes here, so this makes no list. */
function eachPair(text: string, separator: string, visit: (name: string, value: string) => void): void {
  for (let start = 0; start <= text.length; ) {
    const next = text.indexOf(separator, start);
    const end = next === -1 ? text.length : next;
    const [name, value] = splitAtEquals(text.slice(start, end).trim());
    visit(name, value);
    start = end + 1;
  }
}

export function splitAtEquals(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

function isSigningCookie(name: string): boolean {
  return name.startsWith(COOKIE_PREFIX) && isSigningName(name.slice(COOKIE_PREFIX.length));
}

/** Names are case-sensitive. */
function isSigningName(name: string): name is SigningName {
  return SIGNING_NAMES.some((one) => one === name);
}

/** Values may be secrets, so only names are shown. Names are enough to find a parameter that should not be there. */
export function withoutQueryValues(url: string): string {
  const [path = '', query] = url.split(/\?(.*)/s);
  if (query === undefined) return url;
  const names = query.split('&').map((part) => splitAtEquals(part)[0]);
  return `${path}?${names.map((name) => (/^[\w.~*-]{0,40}$/.test(name) ? `${name}=…` : '…')).join('&')}`;
}

/** Any other text in this place may be a misplaced signature. */
export function shownKeyPairId(raw: string): string {
  return /^[A-Za-z0-9]{0,32}$/.test(raw) ? raw : '…';
}
