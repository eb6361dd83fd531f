import type { Assumptions } from '../assumptions.ts';
import {
  eachCookie,
  splitAtEquals,
  withoutSigning,
  withoutSigningCookies,
} from '../signature/signing-parameters.ts';
import type { Answer, HeaderFields } from '../viewer/answer.ts';
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
 * Tells a function its event (DG: event structure). Values of the query are as the viewer sent them. The signing
 * parameters are not in `querystring`, but `rawQueryString()` has them.
 * @param answer for the viewer-response function only
 */
export function tellEvent(
  world: FunctionWorld,
  viewer: ViewerRequest,
  answer: Answer | undefined,
  { distributionId, nowMs }: { distributionId: string; nowMs: number },
): void {
  const { id, ipAddress, method, rawPath, rawQuery } = viewer;
  const eventType = answer ? 'viewer-response' : 'viewer-request';
  world.begin(nowMs, distributionId, eventType, id, ipAddress, method, rawPath, rawQuery);
  for (const [name, value] of queryPairs(withoutSigning(rawQuery)))
    world.put('request', 'querystring', name, value);
  tellHeaders(world, 'request', viewer.headers);
  eachCookie(viewer, (name, value) => {
    if (name !== '') world.put('request', 'cookies', name, value);
  });
  if (!answer) return;
  world.response(answer.status, answer.statusText);
  tellHeaders(world, 'response', answer.headers);
  for (const line of answer.headers.get('set-cookie') ?? []) {
    const [, pair = '', attributes] = /^([^;]*)(?:;(.*))?$/.exec(line) ?? [];
    world.put('response', 'cookies', ...splitAtEquals(pair), attributes?.trim());
  }
}

function tellHeaders(world: FunctionWorld, message: 'request' | 'response', headers: HeaderFields): void {
  for (const [name, values] of headers) {
    if (name === 'cookie' || name === 'set-cookie' || isHopByHop(name) || isDisallowed(name)) continue;
    for (const value of values) world.put(message, 'headers', name, value);
  }
}

/** The viewer's cookies as functions see them. */
export function cookieValues(viewer: ViewerRequest): EventValues {
  const pairs: [string, string][] = [];
  eachCookie(viewer, (name, value) => {
    if (name !== '') pairs.push([name, value]);
  });
  return valuesOf(pairs);
}

/** A query as functions see it. */
export function queryValues(rawQuery: string | undefined): EventValues {
  return valuesOf(queryPairs(rawQuery));
}

function queryPairs(rawQuery: string | undefined): [name: string, value: string][] {
  if (rawQuery === undefined) return [];
  return rawQuery
    .split('&')
    .map(splitAtEquals)
    .filter(([name]) => name !== '');
}

/** The first value of a name has all of them. */
function valuesOf(pairs: readonly [name: string, value: string][]): EventValues {
  const values = new Map<string, EventValue>();
  for (const [name, value] of pairs) {
    const first = values.get(name);
    if (first) first.multiValue = [...(first.multiValue ?? [{ ...first }]), { value }];
    else values.set(name, { value });
  }
  return Object.fromEntries(values);
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

/**
 * The headers of the viewer's request, and the headers that CloudFront writes itself because a policy of the behavior
 * names them (DG: adding CloudFront request headers). The caller gives the values that depend on a viewer's place or
 * device. A header without a value is missing.
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

function derived(name: string, { origin, ipAddress, port }: ViewerRequest): string | undefined {
  if (name === 'cloudfront-forwarded-proto') return origin.startsWith('https:') ? 'https' : 'http';
  if (name === 'cloudfront-viewer-address') return `${ipAddress}:${port}`;
  return name === 'cloudfront-viewer-http-version' ? '1.1' : undefined;
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
