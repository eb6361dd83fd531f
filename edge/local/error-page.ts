import { chooseBehavior } from './behavior.ts';
import type { createObjects } from './cache/objects.ts';
import type { ErrorPages } from './template/distribution.ts';
import { type Answer, dropBody, type HeaderFields } from './viewer/answer.ts';
import type { ViewerRequest } from './viewer/viewer-request.ts';

/**
 * Replaces an error by its page. The page comes through the behavior of its own path, past signature and functions (DG:
 * generating custom error responses).
 */
export async function withErrorPage(
  given: Answer,
  viewer: ViewerRequest,
  pages: ErrorPages['pages'],
  behaviors: readonly { pathPattern: string; objects: ReturnType<typeof createObjects> }[],
): Promise<Answer> {
  const page = pages.get(given.status);
  if (!page) return given;
  const { body: _body, ...request } = { ...viewer, method: 'GET' };
  const encodings = viewer.headers.get('accept-encoding');
  const headers: HeaderFields = new Map(encodings ? [['accept-encoding', encodings]] : []);
  let found: Answer;
  try {
    const { objects } = chooseBehavior(behaviors, page.path);
    found = await objects(request, { uri: page.path, querystring: [], headers });
  } catch {
    return given;
  }
  dropBody(given);
  // A missing page gives its own status, not the status of the error.
  const status = found.status < 400 ? page.status : found.status;
  const told: HeaderFields = new Map(found.headers).set('x-cache', ['Error from cloudfront']);
  return { status, headers: told, body: found.body };
}
