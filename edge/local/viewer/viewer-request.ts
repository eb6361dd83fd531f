import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import {
  type HeaderFields,
  headerFields,
  htmlRefusal,
  type Reason,
  type Refusal,
  textRefusal,
} from './answer.ts';

/** Quotas of CloudFront, in bytes (DG: cloudfront-limits). */
const MAX_URL_BYTES = 8_192;
const MAX_REQUEST_BYTES = 20_480;

/** The parts of Node's request that are used. */
export type RawRequest = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'> & {
  socket: { remoteAddress?: string | undefined; remotePort?: number | undefined };
};

/** A request as the viewer sent it. Nothing in it is decoded, resolved or normalised. */
export interface ViewerRequest {
  /** The id of the request, in its answer and for both functions. */
  id: string;
  method: string;
  /** Scheme, host and port that the viewer typed. */
  origin: string;
  rawPath: string;
  /** The text after the first `?`. Undefined without a `?`. */
  rawQuery: string | undefined;
  headers: HeaderFields;
  ipAddress: string;
  port: number;
  /** The body, if the request has one. */
  body?: Readable;
}

export function hasBody(headers: HeaderFields): boolean {
  return headers.has('transfer-encoding') || (headers.get('content-length') ?? ['0'])[0] !== '0';
}

/** The origins that viewers type, by host. A Host header is compared with these hosts. */
export function originsByHost(origins: readonly string[]): ReadonlyMap<string, string> {
  return new Map(origins.map((origin) => [new URL(origin).host, origin]));
}

/**
 * The first step lets in only requests for the hosts that viewers type. So a web page gets nothing by pointing its own
 * name to this machine (DNS rebinding).
 * @param origins the result of originsByHost, at least one
 * @param isTlsHere whether TLS ends in this process. If so, a request without TLS was typed as `http:`
 * @throws Refusal 400, 413, 414 or 421
 */
export function openViewerRequest(
  request: RawRequest,
  id: string,
  origins: ReadonlyMap<string, string>,
  isTlsHere: boolean,
): ViewerRequest {
  const { url: rawTarget = '', method = '' } = request;
  const headers = headerFields(request.rawHeaders);
  const hosts = headers.get('host');
  const host = hosts?.[0];
  const typed = host === undefined ? undefined : originOf(host.toLowerCase(), origins);
  let size = rawTarget.length;
  for (const text of request.rawHeaders) size += text.length + 2;
  const urlSize = (typed ?? `http://${host}`).length + rawTarget.length;
  if (urlSize > MAX_URL_BYTES)
    throw htmlRefusal(414, 'Request-URI Too Long.').because(tooLarge('url_too_long', MAX_URL_BYTES, urlSize));
  if (size > MAX_REQUEST_BYTES)
    throw htmlRefusal(413, 'Request Entity Too Large.').because(
      tooLarge('request_too_large', MAX_REQUEST_BYTES, size),
    );
  if (host === undefined || hosts?.length !== 1)
    throw htmlRefusal(400, 'Bad request: one Host header, please.').because({ clause: 'one_host' });
  if (typed === undefined) throw wrongHost(host, origins);
  const absolute = rawTarget.startsWith('/') ? null : /^https?:\/\/([^/?#]*)(.*)$/i.exec(rawTarget);
  const authority = absolute?.[1];
  if (authority !== undefined && originOf(authority.toLowerCase(), origins) !== typed) {
    throw wrongHost(authority, origins);
  }
  const rest = absolute ? (absolute[2] ?? '') : rawTarget;
  const target = absolute && !rest.startsWith('/') ? `/${rest}` : rest;
  // AWS does not document which of these targets CloudFront takes, and no browser sends any of them.
  if (!/^\/[\x21-\x22\x24-\x7e]*$/.test(target))
    throw htmlRefusal(400, 'Bad request.').because({ clause: 'target' });
  const question = target.indexOf('?');
  return {
    id,
    method,
    origin: isTlsHere && isPlain(request.socket) ? typed.replace('https:', 'http:') : typed,
    rawPath: question === -1 ? target : target.slice(0, question),
    rawQuery: question === -1 ? undefined : target.slice(question + 1),
    headers,
    ipAddress: ipAddressOf(request),
    port: request.socket.remotePort ?? 0,
    ...(hasBody(headers) && request instanceof Readable ? { body: request } : {}),
  };
}

function isPlain(socket: RawRequest['socket']): boolean {
  return socket instanceof Socket && !(socket instanceof TLSSocket);
}

/** The default port of a scheme may be written. It is not part of the name. */
function originOf(host: string, origins: ReadonlyMap<string, string>): string | undefined {
  const found = origins.get(host);
  if (found !== undefined) return found;
  const colon = host.lastIndexOf(':');
  const origin = origins.get(host.slice(0, colon));
  const port = origin?.startsWith('https:') ? ':443' : ':80';
  return host.slice(colon) === port ? origin : undefined;
}

function wrongHost(opened: string, origins: ReadonlyMap<string, string>): Refusal {
  const open = [...origins.values()].join(' or ');
  return textRefusal(
    421,
    `This address was opened as ${opened}. Open ${open} instead: the files host answers to no other name.`,
  ).because({ clause: 'host', required: [...origins.keys()].join(' or '), given: opened });
}

function tooLarge(clause: string, maxBytes: number, bytes: number): Reason {
  return { clause, required: `at most ${maxBytes} bytes`, given: `${bytes} bytes` };
}

/** An IPv4 address in IPv4 form, also on a socket that listens on IPv6. */
function ipAddressOf({ socket: { remoteAddress = '' } }: RawRequest): string {
  return remoteAddress.startsWith('::ffff:') ? remoteAddress.replace(/::ffff:(?=\d+\.)/, '') : remoteAddress;
}
