import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { isHopByHop } from '../functions/function-event.ts';
import type { OriginSettings, S3Binding, ServerBinding } from '../template/origins.ts';
import { header, headerFields, htmlRefusal } from '../viewer/answer.ts';
import type { Origin, OriginAnswer, OriginOptions, OriginRequest } from './origin.ts';
import { createS3Signer } from './sigv4.ts';

/**
 * An origin that speaks HTTP: any server, or S3 with signatures as origin access control makes them. A request that
 * fails before the first byte of an answer is tried again, unless it has a body (DG: origin connection attempts,
 * response timeout).
 */
export function createServerOrigin(
  settings: OriginSettings,
  binding: S3Binding | ServerBinding,
  { region, now, via }: OriginOptions,
): Origin {
  const { connectionAttempts, connectionTimeoutSeconds, responseTimeoutSeconds, isSigned, isS3 } = settings;
  const isBucket = 'bucket' in binding;
  const { hostname, port, host, pathname } = new URL(isBucket ? binding.endpoint : binding.url);
  const base = `${isBucket ? `/${binding.bucket}` : pathname.replace(/\/$/, '')}${settings.path}`;
  const agent = new Agent({ keepAlive: true });
  const address = { hostname: hostname.replace(/^\[|\]$/g, ''), port, agent };
  const sign = isBucket && isSigned ? createS3Signer({ ...binding, region }, host) : undefined;

  function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: OriginRequest['viewer']['body'],
  ): Promise<OriginAnswer> {
    return new Promise((resolve, reject) => {
      const asked = request({ ...address, method, path, headers });
      let answer: IncomingMessage | undefined;
      limitConnecting(asked, connectionTimeoutSeconds * 1_000);
      asked.setTimeout(responseTimeoutSeconds * 1_000, () => {
        // Bytes wait to be read, so the viewer is slow, not the origin.
        if (answer && answer.readableLength > 0) return;
        asked.destroy(new OriginTimeoutError());
      });
      asked.on('response', (response) => {
        answer = response;
        resolve(answerOf(response));
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        // The origin has just closed a kept connection. The request never reached it.
        if (asked.reusedSocket && error.code === 'ECONNRESET' && !body)
          resolve(send(method, path, headers, body));
        else reject(error);
      });
      if (body) body.pipe(asked);
      else asked.end();
    });
  }

  /**
   * The headers that CloudFront itself sends to a server. A signed S3 request has no place for them (DG: controlling
   * origin requests).
   */
  function ownHeaders({ viewer, headers }: OriginRequest): Record<string, string> {
    const ofBody = viewer.body ? bodyHeaders(viewer) : {};
    if (isBucket) return ofBody;
    const before = header(viewer.headers, 'x-forwarded-for');
    return {
      ...ofBody,
      host: headers['host'] ?? host,
      via,
      'x-amz-cf-id': viewer.id,
      'x-forwarded-for': before === undefined ? viewer.ipAddress : `${before},${viewer.ipAddress}`,
    };
  }

  return {
    isS3,
    async ask(asked) {
      const { method, uri, query, viewer } = asked;
      const rawPath = `${base}${uri}`;
      const path = query === '' ? rawPath : `${rawPath}?${query}`;
      const given = {
        'user-agent': 'Amazon CloudFront',
        ...asked.headers,
        ...ownHeaders(asked),
        ...settings.customHeaders,
      };
      const attempts = viewer.body ? 1 : connectionAttempts;
      for (let attempt = 1; ; attempt++) {
        const signed = sign?.({ method, rawPath, rawQuery: query }, now());
        try {
          return await send(method, path, signed ? { ...given, ...signed } : given, viewer.body);
        } catch (error) {
          if (attempt < attempts) continue;
          if (error instanceof OriginTimeoutError) {
            throw htmlRefusal(504, 'The origin did not answer in time.', error);
          }
          throw htmlRefusal(502, 'CloudFront could not connect to the origin.', error);
        }
      }
    },
    close() {
      agent.destroy();
    },
  };
}

/** A body goes together with the headers that describe it. */
function bodyHeaders({ headers }: OriginRequest['viewer']): Record<string, string> {
  const told: Record<string, string> = {};
  for (const name of ['content-type', 'content-length', 'content-encoding', 'content-md5']) {
    const value = header(headers, name);
    if (value !== undefined) told[name] = value;
  }
  return told;
}

function answerOf(response: IncomingMessage): OriginAnswer {
  const headers = headerFields(response.rawHeaders);
  for (const name of headers.keys()) if (isHopByHop(name)) headers.delete(name);
  const { statusCode: status = 502, statusMessage: statusText = '' } = response;
  return { status, statusText, headers, body: response };
}

function limitConnecting(asked: ClientRequest, timeoutMs: number): void {
  asked.once('socket', (socket: Socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => asked.destroy(new OriginTimeoutError()), timeoutMs);
    const clear = () => clearTimeout(timer);
    socket.once('connect', clear).once('close', clear);
  });
}

class OriginTimeoutError extends Error {
  readonly code = 'origin_timeout';
}
