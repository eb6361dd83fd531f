import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
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
  const isBucket = 'bucket' in binding;
  const { hostname, port, host, pathname } = new URL(isBucket ? binding.endpoint : binding.url);
  const base = `${isBucket ? `/${binding.bucket}` : pathname.replace(/\/$/, '')}${settings.path}`;
  const agent = new Agent({ keepAlive: true });
  const send = createSender({ hostname: hostname.replace(/^\[|\]$/g, ''), port, agent }, settings);
  const sign = isBucket && settings.isSigned ? createS3Signer({ ...binding, region }, host) : undefined;

  return {
    isS3: settings.isS3,
    async ask(asked) {
      const { method, uri, query, viewer } = asked;
      const rawPath = `${base}${uri}`;
      const path = query === '' ? rawPath : `${rawPath}?${query}`;
      const given = {
        'user-agent': 'Amazon CloudFront',
        ...(viewer.body ? bodyHeaders(viewer) : {}),
        ...asked.headers,
        ...(isBucket ? {} : serverHeaders(asked, host, via)),
        ...settings.customHeaders,
      };
      const attempts = viewer.body ? 1 : settings.connectionAttempts;
      for (let attempt = 1; ; attempt++) {
        const signed = sign?.({ method, rawPath, rawQuery: query }, now());
        try {
          return await send({ method, path, headers: { ...given, ...signed }, body: viewer.body });
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

/** One attempt to send a request. */
interface Attempt {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: OriginRequest['viewer']['body'];
}

function createSender(
  address: RequestOptions,
  { responseTimeoutSeconds }: OriginSettings,
): (attempt: Attempt) => Promise<OriginAnswer> {
  return function send({ body, ...attempt }) {
    return new Promise((resolve, reject) => {
      const asked = request({ ...address, ...attempt });
      let answer: IncomingMessage | undefined;
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
        if (asked.reusedSocket && error.code === 'ECONNRESET' && !body) resolve(send({ ...attempt, body }));
        else reject(error);
      });
      if (body) body.pipe(asked);
      else asked.end();
    });
  };
}

/**
 * The headers that CloudFront itself sends to a server. A signed S3 request has no place for them (DG: controlling
 * origin requests).
 */
function serverHeaders(
  { viewer, headers }: OriginRequest,
  host: string,
  via: string,
): Record<string, string> {
  const before = header(viewer.headers, 'x-forwarded-for');
  return {
    host: headers['host'] ?? host,
    via,
    'x-amz-cf-id': viewer.id,
    'x-forwarded-for': before === undefined ? viewer.ipAddress : `${before},${viewer.ipAddress}`,
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

class OriginTimeoutError extends Error {
  readonly code = 'origin_timeout';
}
