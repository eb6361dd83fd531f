import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
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
    ask: (target, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        const request = client.request(url, {
          ...{ agent, method, path: target, ...at },
          headers: { host: url.host, ...headers, ...length },
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
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
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** The versions of HTTP that curl speaks for us, with its options. Node speaks no HTTP/3. */
const CURL_OPTIONS = { http2: 'http2', http3: 'http3-only' };
export type CurlVersion = keyof typeof CURL_OPTIONS;

/** The reason why a version of HTTP cannot be asked from here, in words. */
export async function curlHindrance(version: CurlVersion): Promise<string | undefined> {
  const told = await curl(['--version'], '', new AbortController().signal).catch(() => undefined);
  if (told === undefined) return `${version}: there is no curl here`;
  const isSpoken = told.body.toString().includes(` ${version.toUpperCase()}`);
  return isSpoken ? undefined : `${version}: the curl here speaks none`;
}

/**
 * Asks once, with curl.
 * @param ca file of the authorities, in place of those that curl trusts
 */
export async function askWithCurl(
  version: CurlVersion,
  origin: string,
  { target, headers }: ReturnType<typeof shown>,
  { signal, ca }: { signal: AbortSignal; ca?: string },
): Promise<Answer> {
  // curl reads the request from its standard input. Other users of the machine could read a credential in the command
  // line.
  const config = [
    ...[CURL_OPTIONS[version], 'path-as-is', 'silent', 'max-time = 10'],
    'write-out = "%{stderr}%{http_version} %{http_code}"',
    ...(ca === undefined ? [] : [`cacert = ${JSON.stringify(ca)}`]),
    ...(headers.cookie === undefined ? [] : [`header = ${JSON.stringify(`cookie: ${headers.cookie}`)}`]),
    `url = ${JSON.stringify(origin + target)}`,
  ];
  const { body, told, status } = await curl(['--disable', '--config', '-'], config.join('\n'), signal);
  const [, spoken, code = ''] = /^(\d)\S* (\d{3})$/.exec(told) ?? [];
  if (status !== 0 || `http${spoken}` !== version) throw new NoAnswerError(`curl ended with ${status}`);
  return { status: Number(code), headers: {}, body };
}

async function curl(args: string[], input: string, signal: AbortSignal) {
  const child = spawn('curl', args, { signal, stdio: ['pipe', 'pipe', 'pipe'] });
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
