import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';

/** A network that can be cut: a proxy (`HTTP_PROXY`) that tunnels all connections of a command. */
export interface Network {
  url: string;
  /** The bytes that went through, in both directions. */
  bytes: number;
  /** Resolves once so many more bytes went through. */
  passed(bytes: number): Promise<void>;
  /** Ends all connections, and refuses so many new ones. */
  cut(refused: number): void;
}

export async function createNetwork(t: { teardown(end: () => void): void }): Promise<Network> {
  const sockets = new Set<Socket>();
  let refusals = 0;
  const waiting = new Map<() => void, number>();
  const network: Network = {
    url: '',
    bytes: 0,
    passed: (bytes) =>
      new Promise((resolve) => {
        waiting.set(resolve, network.bytes + bytes);
      }),
    cut(refused) {
      refusals = refused;
      for (const socket of sockets) socket.destroy();
    },
  };

  function count(chunk: Buffer): void {
    network.bytes += chunk.length;
    for (const [resolve, at] of waiting) {
      if (network.bytes < at) continue;
      waiting.delete(resolve);
      resolve();
    }
  }

  const server = createServer();
  server.on('connect', ({ url = '' }, near: Socket) => {
    if (refusals > 0) {
      refusals--;
      near.destroy();
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const far = connect(Number(port), hostname, () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('data', count).on('error', () => {});
      socket.once('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    network.cut(0);
    server.close();
  });
  const address = server.address();
  network.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return network;
}
