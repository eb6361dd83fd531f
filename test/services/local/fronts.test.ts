// Has its own process, because what is relayed stays so until the process ends, and the process trusts an authority.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import t from 'tap';
import { relayToLoopback, startHttpsFronts } from '../../../services/local/fronts.ts';
import { parseLocalSettings } from '../../../services/local/settings.ts';
import { freePortVariables, temporaryDirectory } from '../../support/test-stack.ts';

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

t.test('HTTPS in front of the servers that browsers see, and of no other', async (t) => {
  const directory = temporaryDirectory(t);
  const { ports } = parseLocalSettings(await freePortVariables());
  const fronts = await startHttpsFronts(directory, ports);
  t.strictSame(Object.keys(fronts.behind), ['app', 'edge', 's3']);
  t.equal(fronts.authorityFile, join(directory, 'https', 'authority.pem'));
  const open = new Set<TLSSocket>();
  const behind: Promise<unknown>[] = [];
  for (const [name, port = 0] of Object.entries(fronts.behind)) {
    const server = createHttpServer((_, response) => response.end(name));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    // Only the client ends it: Node would end it after a minute.
    server.on('connection', (socket) => behind.push(once(socket, 'close')));
    const front = ports[name as 'app' | 'edge' | 's3'];
    t.not(front, port, name);
    // This process trusts the authority.
    const answer = await fetch(`https://localhost:${front}/`, { headers: { connection: 'close' } });
    t.equal(await answer.text(), name);
    const there = once(server, 'connection');
    const socket = connectTls({ port: front, servername: 'localhost', host: '127.0.0.1' });
    await there;
    open.add(socket);
  }
  const closed = [...open].map((socket) => once(socket.resume(), 'close'));
  await Promise.all([fronts.close(), ...closed]);
  await t.rejects(fetch(`https://localhost:${ports.app}/`), 'nothing listens any more');
  await Promise.all(behind);
});
