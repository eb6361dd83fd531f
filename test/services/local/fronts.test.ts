// Has its own process, because what is relayed stays so until the process ends.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { relayToLoopback } from '../../../services/local/fronts.ts';

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address));
const skip = outside.length === 0 && 'this machine has no network';

t.test('relays a port from outside, and lets each side end in its own time', { skip }, async (t) => {
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    socket.end(`heard ${await text(socket)}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  await relayToLoopback([port]);
  for (const { address } of outside) {
    const socket = connect({ port, host: address, allowHalfOpen: true });
    socket.end('a question');
    t.equal(await text(socket), 'heard a question', address);
  }
});
