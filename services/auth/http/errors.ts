import { STATUS_CODES } from 'node:http';
import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isNavigation } from './page.ts';
import { STATUSES } from './statuses.ts';

/**
 * The only place that turns errors into HTTP: RFC 9457 for programs, and a page with the same code for a person. Refusals
 * to requests without a session are limited.
 */
export function answerErrors(app: FastifyInstance, appOrigin: string): void {
  app.setErrorHandler(async (thrown, request, reply) => {
    const error = await limited(toGatewayError(thrown), request, reply);
    const status = STATUSES[error.code];
    if (status >= 500) request.log.error({ err: error, provider: error.said }, error.code);
    else request.log.info({ code: error.code, provider: error.said }, 'refused');
    reply.code(status);
    if (status === 503) reply.header('retry-after', 2);
    if (status === 429 && !reply.hasHeader('retry-after')) {
      reply.header('retry-after', error.members['retryAfterSeconds'] ?? 60);
    }
    return isNavigation(request)
      ? reply.type('text/html; charset=utf-8').send(errorPage(error, appOrigin))
      : reply.type('application/problem+json').send(problem(error));
  });

  /** The error, or 429 if there were too many of its kind. */
  async function limited(error: GatewayError, request: FastifyRequest, reply: FastifyReply) {
    const status = STATUSES[error.code];
    if (status >= 500 || status === 429 || request.hasSession) return error;
    return app.requestLimits.countRefusal(request, reply, error.code).then(() => error, toGatewayError);
  }
}

/** Answers bytes that never became a request: too slow, too long, or not HTTP. */
export function answerClientError(
  error: Error & { code?: string },
  socket: { writable: boolean; destroy(): void; end(text: string): void },
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = new GatewayError(SOCKET_CODES[error.code ?? ''] ?? 'bad_request');
  const body = problem(refusal);
  const status = STATUSES[refusal.code];
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const SOCKET_CODES: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};
/** Fastify answers 403 to a path that leaves the page's folder. */
const FASTIFY_STATUSES: Record<number, ErrorCode> = {
  403: 'not_found',
  404: 'not_found',
  413: 'file_too_large',
};

function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (!(thrown instanceof Error)) return new GatewayError('internal', { cause: thrown });
  if ('validation' in thrown) {
    // The validator names the member and the rule, and never the value.
    return new GatewayError('bad_request', {
      detail: `The request cannot be read: ${thrown.message}.`,
      cause: thrown,
    });
  }
  const status = 'statusCode' in thrown ? Number(thrown.statusCode) : Number.NaN;
  const isRefusal = status >= 400 && status < 500;
  const code = isRefusal ? (FASTIFY_STATUSES[status] ?? 'bad_request') : 'internal';
  return new GatewayError(code, { cause: thrown });
}

function problem(error: GatewayError): string {
  const status = STATUSES[error.code];
  return JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code: error.code,
    detail: error.message,
    // RFC 6749, section 5.2.
    ...(error.code === 'invalid_request' ? { error: error.code } : {}),
    ...error.members,
  });
}

/** The links are absolute, since the page also answers under a name that is not the app's. */
function errorPage(error: GatewayError, appOrigin: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(error.code)}</title>
<link rel="stylesheet" href="/style.css">
<main class="error-page">
<h1>That did not work</h1>
<p role="alert">${escapeHtml(error.message)}</p>
<p><a href="${escapeHtml(appOrigin)}/auth/login?return_to=/">Sign in again</a> or <a href="${escapeHtml(appOrigin)}/">go to the start page</a>.</p>
<p><small>Code: <code>${escapeHtml(error.code)}</code></small></p>
</main>
</html>
`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
