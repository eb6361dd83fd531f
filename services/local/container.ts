import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Whether this process runs in a container, by the marks that Docker and Podman (Buildah) leave there. */
export function isContainer(): boolean {
  return existsSync('/.dockerenv') || existsSync('/run/.containerenv');
}

/**
 * Passes connections that reach the container from outside on to loopback, where the servers listen. They still see
 * the `Host` that the browser sent, and refuse a foreign one.
 * @param ports only these; whatever else listens on loopback stays out of reach
 */
export async function relayToLoopback(ports: number[]): Promise<void> {
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid);
  for (const { address } of outside) {
    for (const port of ports) {
      const server = createServer({ allowHalfOpen: true }, (socket) => relay(socket, port));
      server.listen(port, address);
      await once(server, 'listening');
    }
  }
}

/** Byte for byte, to what listens on a port of this machine; whichever side goes, the other goes too. */
export function relay(socket: Socket, port: number): void {
  const inside = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  for (const [from, to] of [
    [socket, inside],
    [inside, socket],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
  }
}
