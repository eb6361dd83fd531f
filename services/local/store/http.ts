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
 * @returns undefined above `limitBytes`
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > limitBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}
