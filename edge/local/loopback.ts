import { once } from 'node:events';
import { createServer, type Server as HttpServer, type RequestListener, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';

type Server = HttpServer | HttpsServer;

export interface LoopbackServer {
  port: number;
  /** Stops listening, ends idle connections at once and busy ones after `graceMs` milliseconds. */
  close(graceMs?: number): Promise<void>;
}

/** A port that somebody else listens on. */
export class PortTakenError extends Error {
  readonly code = 'port_taken';
  readonly port: number;

  constructor(port: number, cause: unknown) {
    super(`port ${port} is taken`, { cause });
    this.port = port;
  }
}

const REFUSED_TUNNEL = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/**
 * Serves HTTP/1.1, or HTTPS where there is a key, on 127.0.0.1, and on ::1 where there is one, so that `localhost` works however it resolves and
 * nobody else on the network gets an answer.
 * @param port 0 for any free one
 * @throws PortTakenError where the port is taken on either address
 */
export async function listenOnLoopback(
  listener: RequestListener,
  port: number,
  options: ServerOptions & { key?: string; cert?: string } = {},
): Promise<LoopbackServer> {
  const servers: Server[] = [];
  let boundPort = port;
  try {
    for (const host of loopbackAddresses()) {
      const isTls = options.key !== undefined;
      const server = isTls ? createTlsServer(options, listener) : createServer(options, listener);
      // Without a listener Node closes such a connection without a word.
      server.on('connect', (_request, socket) => socket.end(REFUSED_TUNNEL));
      server.listen(boundPort, host);
      await once(server, 'listening');
      servers.push(server);
      boundPort = portOf(server);
    }
  } catch (error) {
    await Promise.all(servers.map((server) => close(server, 0)));
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new PortTakenError(boundPort, error);
    }
    throw error;
  }
  return {
    port: boundPort,
    close: async (graceMs = 1_000) => {
      await Promise.all(servers.map((server) => close(server, graceMs)));
    },
  };
}

export function loopbackAddresses(): string[] {
  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some((address) => address?.address === '::1');
  return hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
