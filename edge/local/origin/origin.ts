import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { isHopByHop } from '../functions/function-event.ts';
import type { OriginSettings } from '../template/origin-binding.ts';
import { type HeaderFields, headerFields, htmlRefusal } from '../viewer/answer.ts';
import { signForS3 } from './sigv4.ts';

export interface OriginAnswer {
  status: number;
  statusText: string;
  headers: HeaderFields;
  body: IncomingMessage;
}

/**
 * The sixth room: asks S3, signed as origin access control signs. The path goes out byte for byte. What fails
 * before the first byte of an answer is tried again (DG: origin connection attempts, response timeout of GET and HEAD).
 * @throws Refusal 502 where the origin cannot be reached, 504 where it does not answer in time
 */
export interface Origin {
  ask(method: string, uri: string, query: string, headers: Record<string, string>): Promise<OriginAnswer>;
  close(): void;
}

export function createOrigin(
  { binding, connectionAttempts, connectionTimeoutSeconds, responseTimeoutSeconds }: OriginSettings,
  { region, now }: { region: string; now: () => number },
): Origin {
  const { hostname, port, host } = new URL(binding.endpoint);
  const agent = new Agent({ keepAlive: true });
  const address = { hostname: hostname.replace(/^\[|\]$/g, ''), port, agent };

  function send(method: string, path: string, headers: Record<string, string>): Promise<OriginAnswer> {
    return new Promise((resolve, reject) => {
      const asked = request({ ...address, method, path, headers });
      let body: IncomingMessage | undefined;
      limitConnecting(asked, connectionTimeoutSeconds * 1_000);
      asked.setTimeout(responseTimeoutSeconds * 1_000, () => {
        // Bytes that wait to be read: it is the viewer who is slow.
        if (body && body.readableLength > 0) return;
        asked.destroy(new OriginTimeoutError());
      });
      asked.on('response', (response) => {
        body = response;
        resolve(answerOf(response));
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection that the origin has just closed: the request never reached it.
        if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(send(method, path, headers));
        else reject(error);
      });
      asked.end();
    });
  }

  return {
    async ask(method, uri, query, headers) {
      const rawPath = `/${binding.bucket}${uri}`;
      const path = query === '' ? rawPath : `${rawPath}?${query}`;
      for (let attempt = 1; ; attempt++) {
        const signed = signForS3({ method, host, rawPath, rawQuery: query }, { ...binding, region }, now());
        try {
          return await send(method, path, { ...headers, ...signed, 'user-agent': 'Amazon CloudFront' });
        } catch (error) {
          if (attempt < connectionAttempts) continue;
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

function answerOf(response: IncomingMessage): OriginAnswer {
  const headers = headerFields(response.rawHeaders);
  for (const name of headers.keys()) {
    // A cache policy without cookies drops those of the origin, too.
    if (isHopByHop(name) || name === 'set-cookie') headers.delete(name);
  }
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
