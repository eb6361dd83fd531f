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
const DISALLOWED =
  /^x-(?:edge-|amz-cf-|accel-(?:buffering|charset|limit-rate|redirect)$|cache$|amzn-(?:auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|header-order|lambda-integration-tag|requestid)$|forwarded-proto$|real-ip$)/;

export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name);
}

/** @param name in lower case */
export function isDisallowed(name: string): boolean {
  return name.startsWith('x-') && DISALLOWED.test(name);
}

/** Names and values in the order in which they were sent. A name may come several times. */
export type Pairs = readonly (readonly [name: string, value: string])[];

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
export function cookiePairs(viewer: ViewerRequest): Pairs {
  const pairs: [name: string, value: string][] = [];
  eachCookie(viewer, (name, value) => {
    if (name !== '') pairs.push([name, value]);
  });
  return pairs;
}

/** A query as functions see it. */
export function queryPairs(rawQuery: string | undefined): Pairs {
  if (rawQuery === undefined) return [];
  return rawQuery
    .split('&')
    .map(splitAtEquals)
    .filter(([name]) => name !== '');
}

/**
 * The viewer's request as the viewer-request function gets it. Without that function, the origin gets it. CloudFront
 * writes some headers itself, because a policy of the behavior names them (DG: adding CloudFront request headers). The
 * caller gives the values that depend on a viewer's place or device. A header without a value is missing.
 * @param generated the names of these headers, in lower case
 */
export function seenByFunctions(
  viewer: ViewerRequest,
  generated: readonly string[],
  {
    assumptions,
    viewerHeaders,
  }: { assumptions: Assumptions; viewerHeaders: Readonly<Record<string, string>> },
): ViewerRequest {
  const { normalisedUri, signingParametersHidden, signingCookiesHidden } = assumptions;
  const isUnchanged = !normalisedUri && !signingParametersHidden && !signingCookiesHidden;
  if (isUnchanged && generated.length === 0) return viewer;
  const { origin, ipAddress, port, rawPath, rawQuery } = viewer;
  const headers = new Map(viewer.headers);
  const cookies = headers.get('cookie');
  if (signingCookiesHidden && cookies) headers.set('cookie', withoutSigningCookies(cookies));
  const written: Readonly<Record<string, string>> = {
    'cloudfront-forwarded-proto': origin.startsWith('https:') ? 'https' : 'http',
    'cloudfront-viewer-address': `${ipAddress}:${port}`,
    'cloudfront-viewer-http-version': '1.1',
    ...viewerHeaders,
  };
  for (const name of generated) {
    const value = written[name];
    // A viewer's own header of that name is not CloudFront's.
    if (value === undefined) headers.delete(name);
    else headers.set(name, [value]);
  }
  return {
    ...viewer,
    rawPath: normalisedUri ? normalisedPath(rawPath) : rawPath,
    rawQuery: signingParametersHidden ? withoutSigning(rawQuery) : rawQuery,
    headers,
  };
}

/** The request as the viewer-response function gets it. */
export function seenByViewerResponse(
  seen: ViewerRequest,
  { uri, querystring, headers }: { uri: string; querystring: Pairs; headers: HeaderFields },
  assumptions: Assumptions,
): ViewerRequest {
  if (assumptions.viewerResponseSees === 'viewer') return seen;
  const query = querystring.map(([name, value]) => `${name}=${value}`).join('&');
  const cookies = seen.headers.get('cookie');
  return {
    ...seen,
    rawPath: uri,
    rawQuery: query === '' ? undefined : query,
    headers: cookies ? new Map(headers).set('cookie', cookies) : headers,
  };
}
