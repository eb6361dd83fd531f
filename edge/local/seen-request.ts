import type { Assumptions } from './assumptions.ts';
import type { PassedRequest } from './functions/function-result.ts';
import { withoutSigning, withoutSigningCookies } from './signature/signing-parameters.ts';
import { allOf } from './viewer/event-values.ts';
import { normalisedPath } from './viewer/path-pattern.ts';
import type { ViewerRequest } from './viewer/viewer-request.ts';

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
