import { Agent, type IncomingMessage, request } from 'node:http';
import { type HeaderFields, headerFields, htmlRefusal } from './answer.ts';
import { isHopByHop } from './function-event.ts';
import type { OriginBinding } from './origin-binding.ts';
import { signForS3 } from './sigv4.ts';

export interface OriginAnswer {
  status: number;
  statusText: string;
  headers: HeaderFields;
  body: IncomingMessage;
}

/**
 * The sixth room: asks S3, signed as origin access control signs. The path goes out byte for byte.
 * @throws Refusal 502 where the origin cannot be reached, 504 where it does not answer in time
 */
export interface Origin {
  ask(method: string, uri: string, query: string, headers: Record<string, string>): Promise<OriginAnswer>;
  close(): void;
}

/** CloudFront's default for an origin's response, in milliseconds (DG: origin response timeout). */
const RESPONSE_TIMEOUT_MS = 30_000;

export function createOrigin(
  binding: OriginBinding,
  { region, now, timeoutMs = RESPONSE_TIMEOUT_MS }: { region: string; now: () => number; timeoutMs?: number },
): Origin {
  const { hostname, port, host } = new URL(binding.endpoint);
  const agent = new Agent({ keepAlive: true });
  const address = { hostname: hostname.replace(/^\[|\]$/g, ''), port, agent };

  function send(method: string, path: string, headers: Record<string, string>): Promise<OriginAnswer> {
    return new Promise((resolve, reject) => {
      const asked = request({ ...address, method, path, headers });
      asked.setTimeout(timeoutMs, () => asked.destroy(new OriginTimeoutError()));
      asked.on('response', (response) => {
        const fields = headerFields(response.rawHeaders);
        for (const name of fields.keys()) {
          // A cache policy without cookies drops those of the origin, too.
          if (isHopByHop(name) || name === 'set-cookie') fields.delete(name);
        }
        const { statusCode: status = 502, statusMessage: statusText = '' } = response;
        resolve({ status, statusText, headers: fields, body: response });
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
      const signed = signForS3({ method, host, rawPath, rawQuery: query }, { ...binding, region }, now());
      const path = query === '' ? rawPath : `${rawPath}?${query}`;
      try {
        return await send(method, path, { ...headers, ...signed, 'user-agent': 'Amazon CloudFront' });
      } catch (error) {
        if (error instanceof OriginTimeoutError) {
          throw htmlRefusal(504, 'The origin did not answer in time.', error);
        }
        throw htmlRefusal(502, 'CloudFront could not connect to the origin.', error);
      }
    },
    close() {
      agent.destroy();
    },
  };
}

class OriginTimeoutError extends Error {
  readonly code = 'origin_timeout';
}
