import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:http2';
import https from 'node:https';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type { shown } from './credentials.ts';

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
          const { statusCode, headers: told } = response;
          buffer(response).then(
            (bytes) => resolve({ status: Number(statusCode), headers: told, body: bytes }),
            fail,
          );
        });
        if (parts === undefined) return request.end(body);
        // If the request fails before its whole body is sent, the listeners above report that.
        return Readable.from(parts).on('error', fail).pipe(request);
      }),
    close: () => agent.destroy(),
  };
}

/**
 * Asks once, over a connection of its own.
 * @param ca PEM, in place of the authorities that Node trusts
 */
export async function askHttp2(
  origin: string,
  { target, headers }: ReturnType<typeof shown>,
  { signal, ca }: { signal: AbortSignal; ca?: string },
): Promise<Answer> {
  const session = connect(origin, { ca });
  try {
    return await new Promise((resolve, reject) => {
      const fail = (cause: Error) =>
        reject(signal.aborted ? signal.reason : new NoAnswerError('no whole answer came', { cause }));
      session.on('error', fail);
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const stream = session.request({ ':path': target, ...headers }, { signal: inTime });
      stream.on('error', fail);
      stream.on('response', ({ ':status': status }) => {
        buffer(stream).then((body) => resolve({ status: Number(status), headers: {}, body }), fail);
      });
    });
  } finally {
    session.destroy();
  }
}

/** Node does not speak HTTP/3. Debian's curl does. */
const CURL = 'curl';

/** The reason why HTTP/3 cannot be asked from here, in words. */
export async function http3Hindrance(): Promise<string | undefined> {
  const told = await curl(['--version'], '', new AbortController().signal).catch(() => undefined);
  if (told === undefined) return 'http3: there is no curl here';
  return /\bHTTP3\b/.test(told.body.toString()) ? undefined : 'http3: the curl here speaks none';
}

/**
 * Asks once, over a protocol that Node does not speak.
 * @param ca file of the authorities, in place of those that curl trusts
 * @param version HTTP/3 only; a test asks for another one
 */
export async function askHttp3(
  origin: string,
  { target, headers }: ReturnType<typeof shown>,
  { signal, ca, version = '3' }: { signal: AbortSignal; ca?: string; version?: '3' | '2' },
): Promise<Answer> {
  const option = version === '3' ? 'http3-only' : 'http2';
  // curl reads the request from its standard input. Other users of the machine could read a credential in the command
  // line.
  const config = [
    ...[
      option,
      'path-as-is',
      'silent',
      'max-time = 10',
      'write-out = "%{stderr}%{http_version} %{http_code}"',
    ],
    ...(ca === undefined ? [] : [`cacert = ${JSON.stringify(ca)}`]),
    ...(headers.cookie === undefined ? [] : [`header = ${JSON.stringify(`cookie: ${headers.cookie}`)}`]),
    `url = ${JSON.stringify(origin + target)}`,
  ];
  const { body, told, status } = await curl(['--disable', '--config', '-'], config.join('\n'), signal);
  const [, spoken, code = ''] = /^(\d)\S* (\d{3})$/.exec(told) ?? [];
  if (status !== 0 || spoken !== version) throw new NoAnswerError(`curl ended with ${status}`);
  return { status: Number(code), headers: {}, body };
}

async function curl(args: string[], input: string, signal: AbortSignal) {
  const child = spawn(CURL, args, { signal, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [[status], body, told] = await Promise.all([
    once(child, 'close'),
    buffer(child.stdout),
    text(child.stderr),
  ]);
  return { status: Number(status), body, told };
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
