import type { Assumptions } from '../assumptions.ts';
import {
  eachCookie,
  readCookies,
  splitAtEquals,
  withoutSigning,
  withoutSigningCookies,
} from '../signature/signing-parameters.ts';
import { type Answer, type HeaderFields, header } from '../viewer/answer.ts';
import { normalisedPath } from '../viewer/path-pattern.ts';
import type { ViewerRequest } from '../viewer/viewer-request.ts';
import type { FunctionWorld } from './function-runtime.ts';

/** Headers of one connection. CloudFront neither shows them to functions nor takes them from functions. */
const HOP_BY_HOP = new Set(
  `connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer
    transfer-encoding upgrade expect`.split(/\s+/),
);

/** The other headers that functions neither see nor add (DG: restrictions on edge functions). */
const DISALLOWED = new Set(
  `x-accel-buffering x-accel-charset x-accel-limit-rate x-accel-redirect x-cache x-amzn-auth
    x-amzn-cf-billing x-amzn-cf-id x-amzn-cf-xff x-amzn-errortype x-amzn-fle-profile x-amzn-header-count
    x-amzn-header-order x-amzn-lambda-integration-tag x-amzn-requestid x-forwarded-proto x-real-ip`.split(
    /\s+/,
  ),
);

export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/** @param name in lower case */
export function isDisallowed(name: string): boolean {
  return name.startsWith('x-') && (DISALLOWED.has(name) || /^x-(?:edge|amz-cf)-/.test(name));
}

/**
 * Tells a function of the viewer's request. Values of the query are as the viewer sent them. The signing parameters are
 * not in `querystring`, but `rawQueryString()` has them.
 */
export function tellRequest(world: FunctionWorld, viewer: ViewerRequest): void {
  if (viewer.rawQuery !== undefined) {
    const isFirstOf = namesOnce();
    eachQueryValue(withoutSigning(viewer.rawQuery), (name, value) =>
      world.query(name, value, isFirstOf(name)),
    );
  }
  for (const [name, values] of viewer.headers) {
    if (name !== 'cookie') tellHeader(world.header, name, values);
  }
  const isFirstCookie = namesOnce();
  eachCookie(viewer, (name, value) => {
    if (name !== '') world.cookie(name, value, isFirstCookie(name));
  });
}

/** Whether a name comes for the first time. */
function namesOnce(): (name: string) => boolean {
  const names = new Set<string>();
  return (name) => names.size < names.add(name).size;
}

export function tellResponse(world: FunctionWorld, { status, statusText, headers }: Answer): void {
  world.response(status, statusText);
  for (const [name, values] of headers) {
    if (name !== 'set-cookie') tellHeader(world.responseHeader, name, values);
  }
  const lines = headers.get('set-cookie');
  if (!lines) return;
  const isFirst = namesOnce();
  for (const line of lines) {
    const end = line.indexOf(';');
    const [name, value] = splitAtEquals(end < 0 ? line : line.slice(0, end));
    world.responseCookie(name, value, isFirst(name), end < 0 ? undefined : line.slice(end + 1).trim());
  }
}

function tellHeader(tell: FunctionWorld['header'], name: string, values: readonly string[]): void {
  if (isHopByHop(name) || isDisallowed(name)) return;
  for (let i = 0; i < values.length; i++) tell(name, values[i] ?? '', i === 0);
}

/** The viewer's cookies as functions see them. */
export function cookieValues(viewer: ViewerRequest): EventValues {
  const values = [...readCookies(viewer)].map(([name, all]): [string, EventValue] => {
    const [value = '', ...more] = all;
    return [name, more.length === 0 ? { value } : { value, multiValue: all.map((one) => ({ value: one })) }];
  });
  return Object.fromEntries(values);
}

/** A query as functions see it. */
export function queryValues(rawQuery: string | undefined): EventValues {
  const values = new Map<string, EventValue>();
  eachQueryValue(rawQuery, (name, value) => {
    const first = values.get(name);
    if (first) first.multiValue = [...(first.multiValue ?? [{ value: first.value }]), { value }];
    else values.set(name, { value });
  });
  return Object.fromEntries(values);
}

function eachQueryValue(rawQuery: string | undefined, visit: (name: string, value: string) => void): void {
  for (const pair of rawQuery?.split('&') ?? []) {
    const [name, value] = splitAtEquals(pair);
    if (name !== '') visit(name, value);
  }
}

/** The viewer's request as the viewer-request function gets it. Without that function, the origin gets it. */
export function seenByFunctions(viewer: ViewerRequest, assumptions: Assumptions): ViewerRequest {
  const { normalisedUri, signingParametersHidden, signingCookiesHidden } = assumptions;
  if (!normalisedUri && !signingParametersHidden && !signingCookiesHidden) return viewer;
  const headers = new Map(viewer.headers);
  const cookies = headers.get('cookie');
  if (signingCookiesHidden && cookies) headers.set('cookie', withoutSigningCookies(cookies));
  return {
    ...viewer,
    rawPath: normalisedUri ? normalisedPath(viewer.rawPath) : viewer.rawPath,
    rawQuery: signingParametersHidden ? withoutSigning(viewer.rawQuery) : viewer.rawQuery,
    headers,
  };
}

/** The request as the viewer-response function gets it. */
export function seenByViewerResponse(
  seen: ViewerRequest,
  { uri, querystring, headers }: { uri: string; querystring: EventValues; headers: HeaderFields },
  assumptions: Assumptions,
): ViewerRequest {
  if (assumptions.viewerResponseSees === 'viewer') return seen;
  const query = Object.entries(querystring)
    .flatMap(([name, value]) => allOf(value).map((one) => `${name}=${one}`))
    .join('&');
  const cookies = seen.headers.get('cookie');
  return {
    ...seen,
    rawPath: uri,
    rawQuery: query === '' ? undefined : query,
    headers: cookies ? new Map(headers).set('cookie', cookies) : headers,
  };
}

const DEVICES: Record<string, RegExp> = {
  'cloudfront-is-android-viewer': /Android/,
  'cloudfront-is-ios-viewer': /iPhone|iPad|iPod/,
  'cloudfront-is-tablet-viewer': /iPad|Tablet|Android(?!.*Mobile)/,
  'cloudfront-is-smarttv-viewer': /SmartTV|SMART-TV|Tizen.*TV|AppleTV/i,
  'cloudfront-is-mobile-viewer': /Mobile|iPhone|iPod|Android|iPad/,
};

/**
 * The headers of the viewer's request, and the headers that CloudFront writes itself because a policy of the behavior
 * names them (DG: adding CloudFront request headers). The caller gives the values that depend on a viewer's place. A
 * header without a value is missing.
 * @param names in lower case
 * @param given values by lower-case name
 */
export function withGenerated(
  viewer: ViewerRequest,
  names: readonly string[],
  given: Readonly<Record<string, string>>,
): HeaderFields {
  const headers: HeaderFields = new Map(viewer.headers);
  for (const name of names) {
    const value = given[name] ?? derived(name, viewer);
    // A viewer's own header of that name is not CloudFront's.
    if (value === undefined) headers.delete(name);
    else headers.set(name, [value]);
  }
  return headers;
}

function derived(name: string, viewer: ViewerRequest): string | undefined {
  const { headers, origin, ipAddress, port } = viewer;
  const agent = header(headers, 'user-agent') ?? '';
  const device = DEVICES[name];
  if (device) return String(device.test(agent));
  switch (name) {
    case 'cloudfront-is-desktop-viewer':
      return String(!Object.values(DEVICES).some((other) => other.test(agent)));
    case 'cloudfront-forwarded-proto':
      return origin.startsWith('https:') ? 'https' : 'http';
    case 'cloudfront-viewer-address':
      return `${ipAddress}:${port}`;
    case 'cloudfront-viewer-http-version':
      return '1.1';
    case 'cloudfront-viewer-header-count':
      return String(headers.size);
    case 'cloudfront-viewer-header-order':
      return [...headers.keys()].join(':');
    default:
      return undefined;
  }
}

/** A value of an event (DG: event structure). The keys of the enclosing object are the names. */
export interface EventValue {
  value: string;
  multiValue?: EventValue[];
  attributes?: string;
}

export type EventValues = Record<string, EventValue>;

export function allOf({ value, multiValue }: EventValue): string[] {
  return multiValue ? multiValue.map((one) => one.value) : [value];
}
