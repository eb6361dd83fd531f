import type { CacheBehavior } from './template/distribution.ts';
import { htmlRefusal, type Reason } from './viewer/answer.ts';
import { matchesPathPattern, normalisedPath } from './viewer/path-pattern.ts';
import { hasBody, type ViewerRequest } from './viewer/viewer-request.ts';

/**
 * The first behavior whose pattern takes the normalised path. Everything after this works on the raw path.
 * @param behaviors in order; the last one takes every path
 */
export function chooseBehavior<Chosen extends Pick<CacheBehavior, 'pathPattern'>>(
  behaviors: readonly Chosen[],
  rawPath: string,
): Chosen {
  const path = behaviors.length > 1 ? normalisedPath(rawPath) : rawPath;
  const found = behaviors.find(({ pathPattern }) => matchesPathPattern(pathPattern, path));
  if (!found) throw new Error('the distribution has no default behavior');
  return found;
}

/**
 * The second step: the behavior's own conditions. It comes before the signature.
 * @throws Refusal 403, or 301 to https
 */
export function checkBehavior(
  viewer: ViewerRequest,
  behavior: Pick<CacheBehavior, 'allowedMethods' | 'viewerProtocolPolicy'>,
  isSecure: boolean,
): void {
  if (!isSecure && behavior.viewerProtocolPolicy === 'https-only') {
    throw htmlRefusal(403, 'Bad request. This distribution takes HTTPS only.').because(PLAIN_HTTP);
  }
  if (!isSecure && behavior.viewerProtocolPolicy === 'redirect-to-https') {
    const moved = htmlRefusal(301, 'Moved Permanently.').because(PLAIN_HTTP);
    const query = viewer.rawQuery === undefined ? '' : `?${viewer.rawQuery}`;
    const secure = viewer.origin.replace(/^http:/, 'https:');
    moved.answer.headers.set('location', [`${secure}${viewer.rawPath}${query}`]);
    moved.answer.headers.set('x-cache', ['Redirect from cloudfront']);
    throw moved;
  }
  if (!behavior.allowedMethods.includes(viewer.method))
    throw htmlRefusal(403, NOT_ALLOWED).because({
      clause: 'method',
      required: behavior.allowedMethods.join(', '),
      given: viewer.method,
    });
  // A GET with a body is 403 too (DG: request and response behavior).
  if ((viewer.method === 'GET' || viewer.method === 'HEAD') && hasBody(viewer.headers))
    throw htmlRefusal(403, 'Bad request.').because({ clause: 'body' });
}

/** The words that people quote from CloudFront's page. */
const NOT_ALLOWED =
  'This distribution is not configured to allow the HTTP request method that was used for this request. ' +
  'The distribution supports only cachable requests.';

const PLAIN_HTTP: Reason = { clause: 'https', required: 'https', given: 'http' };
