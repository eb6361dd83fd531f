import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';

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
      const server = createServer({ allowHalfOpen: true }, (socket) => relay(socket, port));
      server.listen(port, address);
      await once(server, 'listening');
    }
  }
}

/** Joins a socket to a port of this machine, byte for byte. If one side ends, the other ends too. */
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
