import type { CredentialRefusal } from './credential.ts';
import type { EdgeResponse } from './event.ts';

/** Put in by the build from the values of the stack. */
declare const APP_ORIGIN: string;

/** Why a request is not passed on: the `code` of the answer. */
export type RefusalCode =
  | CredentialRefusal
  | 'bad_path'
  | 'not_a_file'
  | 'destination_refused'
  | 'revoked'
  | 'revocation_unknown';

export function refuse(code: RefusalCode): EdgeResponse {
  const response = ownAnswer(403, 'Forbidden');
  if (code === 'bad_path') response.statusCode = 400;
  if (code === 'not_a_file') response.statusCode = 404;
  if (code === 'revocation_unknown') response.statusCode = 503;
  if (response.statusCode !== 403) response.statusDescription = code;
  if (code === 'revoked') response.headers['clear-site-data'] = { value: '"cache"' };
  response.headers['content-type'] = { value: 'application/json' };
  response.body = { encoding: 'text', data: JSON.stringify({ code: code }) };
  return response;
}

/** `/users/<id>/?clear`: before it signs out, the page has the browser forget the files that it keeps. */
export function clearCache(): EdgeResponse {
  const response = ownAnswer(200, 'OK');
  response.headers['clear-site-data'] = { value: '"cache"' };
  return response;
}

function ownAnswer(statusCode: number, statusDescription: string): EdgeResponse {
  return {
    statusCode: statusCode,
    statusDescription: statusDescription,
    headers: {
      'cache-control': { value: 'no-store' },
      'x-content-type-options': { value: 'nosniff' },
      'referrer-policy': { value: 'no-referrer' },
      'cross-origin-resource-policy': { value: 'same-site' },
      'content-security-policy': { value: `default-src 'none'; frame-ancestors ${APP_ORIGIN}; sandbox` },
    },
  };
}
