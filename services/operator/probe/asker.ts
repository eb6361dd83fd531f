import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export interface AskOptions {
  method?: string;
  headers?: http.OutgoingHttpHeaders;
  body?: string;
  /** The body in parts. Each part is sent when the iterable gives it. `headers` must name the length. */
  parts?: AsyncIterable<string>;
  timeoutMs?: number;
}

export interface Asker {
  /** @param target path and query, sent byte for byte */
  ask(target: string, options?: AskOptions): Promise<Answer>;
  close(): void;
}

const TIMEOUT_MS = 10_000;

/** There was a connection, but no whole answer came over it. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * Asks one origin over HTTP/1.1, on kept connections. (`fetch` would resolve the paths first.)
 * @param signal ends the requests that are under way
 * @param at the origin's address, if its name does not resolve
 */
export function createAsker(
  origin: string,
  signal: AbortSignal,
  at?: { hostname: string; port: number },
): Asker {
  const url = new URL(origin);
  const client = url.protocol === 'https:' ? https : http;
  const agent = new client.Agent({ keepAlive: true });
  return {
    ask: (target, { method = 'GET', headers = {}, body, parts, timeoutMs = TIMEOUT_MS } = {}) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        const request = client.request(url, {
          ...{ agent, method, path: target, ...at },
          headers: { host: url.host, ...headers, ...length },
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        let isConnected = false;
        request.on('socket', (socket) => {
          isConnected = !socket.connecting;
          // A kept connection is connected already. A listener for `connect` would never be called, and never be
          // removed.
          if (isConnected) return;
          socket.once('connect', () => {
            isConnected = true;
          });
        });
        const fail = (error: Error) => {
          reject(
            isConnected && !signal.aborted
              ? new NoAnswerError('no whole answer came', { cause: error })
              : error,
          );
        };
        request.on('error', fail);
        request.on('response', (response) => {
          const { statusCode: status = 0, headers: told } = response;
          buffer(response).then((bytes) => resolve({ status, headers: told, body: bytes }), fail);
        });
        if (parts === undefined) return request.end(body);
        // If the request fails before its whole body is sent, the listeners above report that.
        return Readable.from(parts).on('error', fail).pipe(request);
      }),
    close: () => agent.destroy(),
  };
}

/** The part that gave an answer. */
export type By = 'cloudfront' | 'function' | 's3' | 'file';

/**
 * The part that gave an answer, and the code of an error. CloudFront's own refusals are `text/xml` without a RequestId;
 * our functions answer with JSON.
 */
export function outcomeOf({ status, headers, body }: Answer): { by: By; code: string } {
  const text = status < 400 ? '' : body.toString();
  const ours = /^\{"code":"([a-z_]+)"\}$/.exec(text)?.[1];
  if (ours !== undefined) return { by: 'function', code: ours };
  const xml = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  const isOfS3 = text.includes('<RequestId>') || headers['content-type'] === 'application/xml';
  if (xml !== undefined) return { by: isOfS3 ? 's3' : 'cloudfront', code: xml };
  if (status >= 400) return { by: 'cloudfront', code: String(status) };
  const isOwn = String(headers['x-cache'] ?? '').startsWith('FunctionGeneratedResponse');
  return { by: isOwn ? 'function' : 'file', code: String(status) };
}

/** An error in words: its status, and its code if it has one. */
export function inWords(answer: Answer): string {
  const { code } = outcomeOf(answer);
  return code === String(answer.status) ? code : `${answer.status} ${code}`;
}
