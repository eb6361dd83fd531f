import { once } from 'node:events';
import { createServer, type Server as HttpServer, type RequestListener, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as HttpsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Socket,
  type Server as SocketServer,
} from 'node:net';
import { networkInterfaces } from 'node:os';
import process from 'node:process';

/** The listener, and the servers that get its connections. */
interface Listening {
  server: SocketServer;
  speaking: readonly (HttpServer | HttpsServer)[];
  sockets: ReadonlySet<Socket>;
}

export interface LoopbackServer {
  port: number;
  /** Stops listening. Ends idle connections at once, and busy ones after `graceMs` milliseconds. */
  close(graceMs?: number): Promise<void>;
}

/** The error of a port that another process listens on. */
export class PortTakenError extends Error {
  readonly code = 'port_taken';
  readonly port: number;

  constructor(port: number, cause: unknown) {
    super(`port ${port} is taken`, { cause });
    this.port = port;
  }
}

/**
 * Serves HTTP/1.1, and HTTPS on the same port if there is a key. It listens on 127.0.0.1, and on ::1 if the machine has
 * it. So `localhost` works however it resolves, and nobody else on the network gets an answer.
 * @param port 0 for any free port
 * @throws PortTakenError if the port is taken on either address
 */
export async function listenOnLoopback(
  listener: RequestListener,
  port: number,
  options: ServerOptions & { key?: string; cert?: string } = {},
): Promise<LoopbackServer> {
  const listening: Listening[] = [];
  let boundPort = port;
  try {
    for (const host of loopbackAddresses()) {
      const one = createListening(listener, options);
      one.server.listen(boundPort, host);
      await once(one.server, 'listening');
      listening.push(one);
      boundPort = portOf(one.server);
    }
  } catch (error) {
    await Promise.all(listening.map((one) => close(one, 0)));
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    // The system chose a port that is free on 127.0.0.1, but another process has it on ::1.
    if (port === 0) return await listenOnLoopback(listener, port, options);
    throw new PortTakenError(boundPort, error);
  }
  return {
    port: boundPort,
    close: async (graceMs = 1_000) => {
      await Promise.all(listening.map((one) => close(one, graceMs)));
    },
  };
}

/** The first byte of a TLS record with a handshake. No HTTP request begins with it. */
const HANDSHAKE = 0x16;

function createListening(
  listener: RequestListener,
  options: ServerOptions & { key?: string; cert?: string },
): Listening {
  const plain = createServer(options, listener);
  const secure = options.key === undefined ? undefined : createTlsServer(options, listener);
  const speaking = secure ? [plain, secure] : [plain];
  const sockets = new Set<Socket>();
  if (!secure) return { server: plain, speaking, sockets };
  // From here on, Node knows which connections of a server are idle.
  for (const one of speaking) one.emit('listening');
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause().unshift(first);
      (first[0] === HANDSHAKE ? secure : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  return { server, speaking, sockets };
}

export function loopbackAddresses(): string[] {
  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some((address) => address?.address === '::1');
  return hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
}

function portOf(server: SocketServer): number {
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
}

async function close({ server, speaking, sockets }: Listening, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  for (const one of new Set([server, ...speaking])) one.close();
  const timer = setTimeout(() => {
    for (const one of speaking) one.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(timer);
}
