import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';

export interface LocalServer {
  /** @param seenPort the port that clients use, if something stands in front of this server */
  listen(port: number, seenPort?: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback that answers under its own names alone. */
export function createLocalServer(listener: Listener, options: ServerOptions = {}): LocalServer {
  let server: LoopbackServer | undefined;
  return {
    listen: async (port, seenPort = port) => {
      let hosts: string[] = [];
      server = await listenOnLoopback(
        (request, response) => {
          if (!refuseForeignHost(request, response, hosts)) listener(request, response);
        },
        port,
        options,
      );
      const ports = new Set([seenPort || server.port, server.port]);
      hosts = [...ports].flatMap((each) => [`localhost:${each}`, `127.0.0.1:${each}`]);
      return { port: server.port };
    },
    close: async () => {
      await server?.close();
    },
  };
}

/**
 * The server of a store that programs use, and no browser: it refuses every request with an `Origin`.
 * @param name the store in the words of the refusal, such as `database`
 * @param now the clock of the store, in milliseconds since 1970
 */
export function createStoreServer(
  name: string,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  sendError: (response: ServerResponse, error: unknown) => void,
  now: () => number,
): LocalServer {
  return createLocalServer((request, response) => {
    // The clock that judges signatures is the clock of the answers.
    response.setHeader('date', new Date(now()).toUTCString());
    if (request.headers.origin !== undefined)
      refuse(response, 403, `This ${name} serves no web pages: a request with an Origin is refused.`);
    else answer(request, response).catch((error: unknown) => sendError(response, error));
  });
}

/**
 * Refuses a request under a foreign name with 421 and says what to do; refuses one with two names with 400. This stops
 * DNS rebinding: a stranger's page whose name resolves to this machine.
 * @param hosts the allowed values of `Host`, with the port; the comparison ignores case only
 * @returns true if the request was refused and answered
 */
export function refuseForeignHost(
  request: IncomingMessage,
  response: ServerResponse,
  hosts: readonly string[],
): boolean {
  const named = request.headersDistinct['host'] ?? [];
  const [, authority] = /^https?:\/\/([^/?#]*)/i.exec(request.url ?? '') ?? [];
  if (named.length > 1) refuse(response, 400, 'Send one Host header.');
  else if (named.length === 0 || ![...named, authority ?? named[0]].every(isOurs)) {
    refuse(response, 421, `This server answers under ${hosts.join(' or ')} only: open http://${hosts[0]}/`);
  } else return false;
  return true;

  function isOurs(name: string | undefined): boolean {
    return name !== undefined && hosts.includes(name.toLowerCase());
  }
}

/** Refuses with a text that no page can read and no browser interprets. */
export function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    // The rest of the body is not read.
    connection: 'close',
  });
  response.end(`${words}\n`);
}

/**
 * Reads the whole body.
 * @throws BodyTooLargeError above `limitBytes`
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > limitBytes) throw new BodyTooLargeError();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

export class BodyTooLargeError extends Error {
  readonly code = 'body_too_large';
}

const FAULTS: [code: string, words: RegExp, fault: string][] = [
  ['ENOSPC', /no space left/i, 'no space left on the disk'],
  ['EDQUOT', /quota exceeded/i, 'no space left on the disk'],
  ['EIO', /i(nput)?\/o(utput)? error/i, 'the disk fails'],
];

/** The disk's fault, in words; undefined if the error has another cause. */
export function diskFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  const found = FAULTS.find(([known, words]) => code === known || words.test(error.message));
  return found?.[2] ?? diskFault(error.cause);
}
