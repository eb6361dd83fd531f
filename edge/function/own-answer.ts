import type { CredentialRefusal } from './credential.ts';
import type { EdgeResponse, EdgeValue, ViewerRequest } from './event.ts';
import { refusalPage, STYLE_HASH } from './refusal-page.ts';

/** The build puts this constant in, from the values of the stack. */
declare const APP_ORIGIN: string;

/** The reason why a request is not passed on: the `code` of the answer. */
export type RefusalCode =
  | CredentialRefusal
  | 'bad_path'
  | 'not_a_file'
  | 'destination_refused'
  | 'revoked'
  | 'revocation_unknown';

/** A program gets JSON with the code. A person who opens the address gets a page with the same status and code. */
export function refuse(code: RefusalCode, request: ViewerRequest): EdgeResponse {
  const response = ownAnswer(403, 'Forbidden');
  const headers = response.headers;
  if (code === 'bad_path') response.statusCode = 400;
  if (code === 'not_a_file') response.statusCode = 404;
  if (code === 'revocation_unknown') response.statusCode = 503;
  if (response.statusCode !== 403) response.statusDescription = code;
  if (code === 'revoked') headers['clear-site-data'] = { value: '"cache"' };
  let data = JSON.stringify({ code: code });
  if (request.method === 'GET' && textOf(request.headers['accept']).indexOf('text/html') >= 0) {
    const isJapanese = /^ja/i.test(textOf(request.headers['accept-language']));
    data = refusalPage(code, response.statusCode, isJapanese, APP_ORIGIN);
    headers['content-type'] = { value: 'text/html; charset=utf-8' };
    headers['content-security-policy'] = { value: policyWith(`style-src '${STYLE_HASH}'; sandbox`) };
  } else {
    headers['content-type'] = { value: 'application/json' };
  }
  response.body = { encoding: 'text', data: data };
  return response;
}

function policyWith(directives: string): string {
  return `default-src 'none'; frame-ancestors ${APP_ORIGIN}; ${directives}`;
}

function textOf(header: EdgeValue | undefined): string {
  return header ? header.value : '';
}

/** `/users/<id>/?clear`: makes the browser forget the files that it keeps. The page asks for it before it signs out. */
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
      'content-security-policy': { value: policyWith('sandbox') },
    },
  };
}
