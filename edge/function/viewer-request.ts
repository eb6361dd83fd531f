import type { EdgeRequest, EdgeResponse, ViewerRequestEvent } from './event.ts';
import { checkPath, type PathRefusal } from './path.ts';

/**
 * Runs after CloudFront has verified the signature on the raw URL, and before the cache. It hands the request on
 * exactly as it came, or refuses it; it never moves a request to another path.
 */
export function handler(event: ViewerRequestEvent): EdgeRequest | EdgeResponse {
  const path = checkPath(event.request.uri);
  return path.ok ? event.request : refusal(path.refusal);
}

function refusal(code: PathRefusal): EdgeResponse {
  const notFound = code === 'not_a_file';
  return {
    statusCode: notFound ? 404 : 400,
    statusDescription: notFound ? 'Not Found' : 'Bad Request',
    headers: {
      'content-type': { value: 'application/json' },
      'cache-control': { value: 'no-store' },
      'x-content-type-options': { value: 'nosniff' },
      'referrer-policy': { value: 'no-referrer' },
      'cross-origin-resource-policy': { value: 'same-site' },
      'content-security-policy': { value: "default-src 'none'; frame-ancestors 'none'; sandbox" },
    },
    body: { encoding: 'text', data: JSON.stringify({ code: code }) },
  };
}
