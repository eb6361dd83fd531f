import { attachment } from '@cloudfront-cookie-gateway/core/disposition';
import {
  confinementOf,
  contentSecurityPolicy,
  mediaTypeOf,
} from '@cloudfront-cookie-gateway/core/shown-types';
import { readCredential } from './credential.ts';
import { CREDENTIAL_HEADER } from './credential-header.ts';
import type { EdgeRequest, EdgeResponse, ViewerResponseEvent } from './event.ts';
import { readQuery } from './query.ts';

/** The build puts these constants in, from the values of the stack. */
declare const APP_ORIGIN: string;
declare const COOKIE_LIFETIME_SECONDS: number;
declare const BROWSER_CACHE: 'immutable' | 'revalidate';

/**
 * Headers that S3 stores with an object, beside its type. Whoever uploads may add them to a signed PUT, since a
 * signature names headers that must come, and none that must not.
 */
const STORED = /^(?:expires$|content-(?:disposition|encoding|language)$|x-amz-(?:meta|website)-)/;

/**
 * Runs before an answer below 400 goes to the viewer. It decides how browsers may cache and show a file. It uses the
 * stored type, so objects that another tool put into the bucket are covered too.
 */
export function handler(event: ViewerResponseEvent): EdgeResponse {
  const request = event.request;
  const response = event.response;
  const headers = response.headers;
  const isEncoded = headers['content-encoding'] !== undefined;
  Object.keys(headers).forEach((name) => {
    if (STORED.test(name)) delete headers[name];
  });
  const version = soleValue(request, 'v');
  const isCurrent = headers.etag?.value === `"${version}"`;
  const kind = credentialKind(request);
  // If the kind of credential is unknown, this treats it as a share. For the name of a download, an unknown kind counts
  // as a folder.
  if (kind !== 'folder' && request.querystring.share && !isCurrent) return gone(response);
  headers['cache-control'] = {
    value:
      isCurrent && kind === 'folder' && BROWSER_CACHE !== 'revalidate'
        ? `private, max-age=${COOKIE_LIFETIME_SECONDS}, immutable`
        : 'private, no-cache',
  };
  // A 304 describes what the browser already has: its type and disposition stay.
  if (response.statusCode !== 304) {
    const mediaType = mediaTypeOf(headers['content-type'] ? headers['content-type'].value : '');
    // Without its Content-Encoding, the browser gets the stored bytes. A few of them could otherwise become very many.
    const confinement = isEncoded ? undefined : confinementOf(mediaType);
    const download = kind === 'file' ? soleValue(request, 'download') : '';
    headers['content-type'] = { value: typeHeader(confinement ? mediaType : 'application/octet-stream') };
    if (!confinement || download) headers['content-disposition'] = { value: attachment(download) };
    headers['content-security-policy'] = {
      value: contentSecurityPolicy(download ? undefined : confinement, APP_ORIGIN),
    };
  }
  return response;
}

/**
 * The kind of credential that let this request in. If this function sees the request that the viewer-request function
 * passed on, a header says the kind. If it sees the viewer's request, the credential says it. Undefined if it sees
 * neither.
 */
function credentialKind(request: ViewerResponseEvent['request']): string | undefined {
  const told = request.headers[CREDENTIAL_HEADER];
  if (told) return told.value;
  if (!request.rawQueryString) return undefined;
  const segments = request.uri.split('/');
  const owner = { folder: `/${segments[1]}/${segments[2]}/`, isTeam: segments[1] === 'teams' };
  const query = readQuery(request.rawQueryString());
  const credential = readCredential(request, owner, query, Date.now() / 1000);
  return typeof credential === 'string' ? undefined : credential.kind;
}

/** A share is for the file as it was. The bytes of another version are not sent. */
function gone(response: EdgeResponse): EdgeResponse {
  const headers = response.headers;
  ['content-type', 'content-range', 'accept-ranges', 'etag', 'last-modified'].forEach((name) => {
    delete headers[name];
  });
  headers['cache-control'] = { value: 'no-store' };
  // Without this, CloudFront keeps the length of the file, and the viewer would wait for that many bytes.
  headers['content-length'] = { value: '0' };
  return {
    statusCode: 410,
    statusDescription: 'share_stale',
    headers: headers,
    body: { encoding: 'text', data: '' },
  };
}

function soleValue(request: EdgeRequest, name: string): string {
  const value = request.querystring[name];
  return value && !(value.multiValue && value.multiValue.length > 1) ? value.value : '';
}

/** Text is always UTF-8. Old parsers could read plain text as markup in a charset that the uploader chose. */
function typeHeader(mediaType: string): string {
  return mediaType === 'text/plain' ? 'text/plain; charset=utf-8' : mediaType;
}
