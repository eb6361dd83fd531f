import type { IncomingMessage } from 'node:http';
import { type HeaderFields, headerFields, htmlRefusal, type Reason, textRefusal } from './answer.ts';

/** Quotas of CloudFront, in bytes (DG: cloudfront-limits). */
const MAX_URL_BYTES = 8_192;
const MAX_REQUEST_BYTES = 32_768;

/** What of Node's request is looked at. */
export type RawRequest = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'> & {
  socket: Pick<IncomingMessage['socket'], 'remoteAddress'>;
};

/** A request as the viewer sent it: nothing in it is decoded, resolved or normalised. */
export interface ViewerRequest {
  method: string;
  /** Scheme, host and port that the viewer typed. */
  origin: string;
  rawPath: string;
  /** What follows the first `?`; undefined without one. */
  rawQuery: string | undefined;
  headers: HeaderFields;
  ipAddress: string;
}

/**
 * The first room: only requests for the one host that viewers type come in, so a web page that made its own name
 * point to this machine (DNS rebinding) gets nothing.
 * @throws Refusal 400, 414, 421 or 494
 */
export function openViewerRequest(request: RawRequest, origin: string): ViewerRequest {
  const { url: rawTarget = '', method = '' } = request;
  const headers = headerFields(request.rawHeaders);
  const size = request.rawHeaders.reduce((sum, text) => sum + text.length + 2, rawTarget.length);
  const urlSize = origin.length + rawTarget.length;
  if (urlSize > MAX_URL_BYTES)
    throw htmlRefusal(414, 'Request-URI Too Long.').because(tooLarge('url_too_long', MAX_URL_BYTES, urlSize));
  if (size > MAX_REQUEST_BYTES)
    throw htmlRefusal(494, 'Request header too large.').because(
      tooLarge('request_too_large', MAX_REQUEST_BYTES, size),
    );
  const hosts = headers.get('host') ?? [];
  const [host] = hosts;
  if (host === undefined || hosts.length > 1)
    throw htmlRefusal(400, 'Bad request: one Host header, please.').because(() => ({ clause: 'one_host' }));
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(rawTarget);
  const authority = absolute ? (absolute[1] ?? '') : host;
  for (const opened of [host, authority]) requireHost(opened, origin);
  const rest = absolute ? (absolute[2] ?? '') : rawTarget;
  const target = absolute && !rest.startsWith('/') ? `/${rest}` : rest;
  // Which of them CloudFront takes is not documented, and no browser sends any of them.
  if (!/^\/[\x21-\x22\x24-\x7e]*$/.test(target))
    throw htmlRefusal(400, 'Bad request.').because(() => ({ clause: 'target' }));
  const question = target.indexOf('?');
  return {
    method,
    origin,
    rawPath: question < 0 ? target : target.slice(0, question),
    rawQuery: question < 0 ? undefined : target.slice(question + 1),
    headers,
    ipAddress: (request.socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''),
  };
}

function requireHost(opened: string, origin: string): void {
  if (opened.toLowerCase() === new URL(origin).host) return;
  throw textRefusal(
    421,
    `This address was opened as ${opened}. Open ${origin} instead: the files host answers to no other name.`,
  ).because(() => ({ clause: 'host', required: new URL(origin).host, given: opened }));
}

function tooLarge(clause: string, maxBytes: number, bytes: number): () => Reason {
  return () => ({ clause, required: `at most ${maxBytes} bytes`, given: `${bytes} bytes` });
}
