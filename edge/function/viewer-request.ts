import type { EdgeRequest, EdgeResponse, ViewerRequestEvent } from './event.ts';
import { checkPath, type PathRefusal } from './path.ts';

/**
 * Runs after CloudFront has verified the signature on the raw URL, and before the cache. It hands the request on
 * exactly as it came, or answers it itself; it never moves a request to another path.
 */
export function handler(event: ViewerRequestEvent): EdgeRequest | EdgeResponse {
  const request = event.request;
  const path = checkPath(request.uri);
  if (path.ok) return request;
  if (path.refusal === 'not_a_file' && request.querystring.clear && isUserFolder(request.uri))
    return clearCache();
  return refusal(path.refusal);
}

function isUserFolder(uri: string): boolean {
  return uri.split('/').length === 4;
}

/** `/users/<id>/?clear`: before it signs out, the page has the browser forget the files that it keeps. */
function clearCache(): EdgeResponse {
  const headers = ownHeaders();
  headers['clear-site-data'] = { value: '"cache"' };
  return { statusCode: 200, statusDescription: 'OK', headers: headers };
}

function refusal(code: PathRefusal): EdgeResponse {
  const notFound = code === 'not_a_file';
  const headers = ownHeaders();
  headers['content-type'] = { value: 'application/json' };
  return {
    statusCode: notFound ? 404 : 400,
    statusDescription: notFound ? 'Not Found' : 'Bad Request',
    headers: headers,
    body: { encoding: 'text', data: JSON.stringify({ code: code }) },
  };
}

function ownHeaders(): EdgeResponse['headers'] {
  return {
    'cache-control': { value: 'no-store' },
    'x-content-type-options': { value: 'nosniff' },
    'referrer-policy': { value: 'no-referrer' },
    'cross-origin-resource-policy': { value: 'same-site' },
    'content-security-policy': { value: "default-src 'none'; frame-ancestors 'none'; sandbox" },
  };
}
