import { confinementOf, contentSecurityPolicy, mediaTypeOf } from './content.ts';
import type { EdgeResponse, ViewerResponseEvent } from './event.ts';

/** Put in by the build from the values of the stack. */
declare const APP_ORIGIN: string;
declare const COOKIE_LIFETIME_SECONDS: number;

/**
 * Runs before an answer below 400 goes to the viewer. It decides how browsers may cache and show a file, from the
 * stored type, also for objects that another tool put into the bucket.
 */
export function handler(event: ViewerResponseEvent): EdgeResponse {
  const response = event.response;
  const headers = response.headers;
  const query = event.request.querystring;
  const version = query.v ? query.v.value : '';
  const etag = headers.etag ? headers.etag.value : '';
  const isCurrent = version !== '' && etag === `"${version}"` && !query.share;
  headers['cache-control'] = {
    value: isCurrent ? `private, max-age=${COOKIE_LIFETIME_SECONDS}, immutable` : 'private, no-cache',
  };
  // A 304 describes what the browser holds already: its type and disposition stay.
  if (response.statusCode !== 304) {
    const mediaType = mediaTypeOf(headers['content-type'] ? headers['content-type'].value : '');
    const confinement = confinementOf(mediaType);
    headers['content-type'] = { value: typeHeader(confinement ? mediaType : 'application/octet-stream') };
    if (confinement) delete headers['content-disposition'];
    else headers['content-disposition'] = { value: 'attachment' };
    headers['content-security-policy'] = { value: contentSecurityPolicy(confinement, APP_ORIGIN) };
  }
  return response;
}

/** Text is always UTF-8: a charset that the uploader chose could turn plain text into markup for old parsers. */
function typeHeader(mediaType: string): string {
  return mediaType === 'text/plain' ? 'text/plain; charset=utf-8' : mediaType;
}
