import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import {
  type LocalCertificate,
  openCertificate,
} from '@cloudfront-cookie-gateway/local-cloudfront/certificate';
import { listenOnLoopback, loopbackAddresses } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';
import { trustAuthority } from './running.ts';
import type { Ports } from './settings.ts';

/** The servers that browsers talk to. */
const SEEN = ['app', 'edge', 's3'] as const;

/**
 * HTTPS on the ports that browsers see. Passes the bytes on to the servers, which listen on other ports. This process
 * trusts the certificate.
 */
export async function startHttpsFronts(directory: string, ports: Ports) {
  const certificate = openCertificate(join(directory, 'https'), Date.now());
  trustAuthority(directory);
  const behind: Partial<Ports> = {};
  const servers: Server[] = [];
  const sockets = new Set<TLSSocket>();
  for (const name of SEEN) {
    const inner = await freePort();
    behind[name] = inner;
    for (const host of loopbackAddresses()) {
      const server = createFront(certificate, inner, sockets);
      servers.push(server);
      server.listen(ports[name], host);
      await once(server, 'listening');
    }
  }
  return {
    /** The ports on which the servers themselves listen. */
    behind,
    /** For programs that call these servers. */
    authorityFile: certificate.authorityFile,
    async close(): Promise<void> {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function createFront({ key, cert }: LocalCertificate, port: number, sockets: Set<TLSSocket>): Server {
  return createServer({ key, cert }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    relay(socket, port);
  });
}

async function freePort(): Promise<number> {
  const server = await listenOnLoopback(() => {}, 0);
  await server.close(0);
  return server.port;
}

/** How to trust the certificate, in one line. */
export function howToTrust(authorityFile: string): string {
  return [
    `Trust ${authorityFile} once, then start the browser again. macOS: security add-trusted-cert -k ~/Library/Keychains/login.keychain-db ${authorityFile}`,
    `Debian: sudo cp ${authorityFile} /usr/local/share/ca-certificates/localhost.crt && sudo update-ca-certificates (Chrome and Firefox: import it in their settings, under certificates).`,
  ].join(' · ');
}

/** Whether this process runs in a container. Docker and Podman (Buildah) leave these marks there. */
export function isContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv');
}

/**
 * Passes connections from outside the container on to loopback, where the servers listen. The servers still see the
 * browser's `Host`, and refuse a foreign one.
 * @param ports the only ports that are reachable from outside
 */
export async function relayToLoopback(ports: number[]): Promise<void> {
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid);
  for (const { address } of outside) {
    for (const port of ports) {
      const server = createTcpServer({ allowHalfOpen: true }, (socket) => relay(socket, port));
      // The servers inside keep the process, not these.
      server.listen(port, address).unref();
      await once(server, 'listening');
    }
  }
}

/** Joins a socket to a port of this machine, byte for byte. If one side ends, the other ends too. */
function relay(socket: Socket, port: number): void {
  const inside = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  for (const [from, to] of [
    [socket, inside],
    [inside, socket],
  ] as const) {
    from.pipe(to);
    // What follows it says enough.
    from.on('error', () => {});
    from.once('close', () => to.destroySoon());
  }
}
