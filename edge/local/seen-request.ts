import type { Assumptions } from './assumptions.ts';
import type { PassedRequest } from './functions/function-result.ts';
import { withoutSigning, withoutSigningCookies } from './signature/credential.ts';
import { allOf } from './viewer/event-values.ts';
import { normalisedPath } from './viewer/path-pattern.ts';
import type { ViewerRequest } from './viewer/viewer-request.ts';

/** What of the viewer's request the viewer-request function, and without one the origin, is given. */
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

/** What the viewer-response function is given of the request. */
export function seenByViewerResponse(
  seen: ViewerRequest,
  { uri, querystring, headers }: PassedRequest,
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
