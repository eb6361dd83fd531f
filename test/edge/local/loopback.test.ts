import { once } from 'node:events';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { listenOnLoopback, PortTakenError } from '../../../edge/local/loopback.ts';

function addresses(family: string, isInternal: boolean): string[] {
  return Object.values(networkInterfaces())
    .flat()
    .filter((address) => address?.family === family && address.internal === isInternal)
    .map((address) => address?.address ?? '');
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
  });
}

t.test('it listens on loopback, and on nothing else', async (t) => {
  const server = await listenOnLoopback((_request, response) => response.end('here'), 0);
  t.teardown(() => server.close());
  t.ok(await connects('127.0.0.1', server.port));
  if (addresses('IPv6', true).includes('::1')) t.ok(await connects('::1', server.port));
  t.notOk(await connects('127.0.0.2', server.port), 'another loopback address');
  for (const host of addresses('IPv4', false)) t.notOk(await connects(host, server.port), host);
});

t.test('a port that is taken is an error that names it', async (t) => {
  for (const host of ['127.0.0.1', ...addresses('IPv6', true).filter((address) => address === '::1')]) {
    const other = createServer();
    other.listen(0, host);
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const error = await listenOnLoopback(() => {}, port).catch((caught: unknown) => caught);
    t.ok(error instanceof PortTakenError, host);
    t.match(error, { code: 'port_taken', port, message: `port ${port} is taken` }, host);
    if (host === '::1') t.notOk(await connects('127.0.0.1', port), 'the other address is free again');
    other.close();
    await once(other, 'close');
  }
});

t.test('any free port is free on both addresses', async (t) => {
  // Hundreds of ports that others have on ::1 only: the system offers some of them on 127.0.0.1.
  const others = addresses('IPv6', true).includes('::1')
    ? Array.from({ length: 400 }, () => createServer().listen(0, '::1'))
    : [];
  await Promise.all(others.map((other) => once(other, 'listening')));
  t.teardown(() => others.map((other) => other.close()));
  const servers: { close(graceMs?: number): Promise<void> }[] = [];
  for (let n = 0; n < 400; n++) servers.push(await listenOnLoopback(() => {}, 0));
  await Promise.all(servers.map((server) => server.close(0)));
  t.equal(servers.length, 400);
});

t.test('close ends idle connections at once and busy ones after the grace', async (t) => {
  const server = await listenOnLoopback(() => {}, 0);
  const idle = connect(server.port, '127.0.0.1');
  await once(idle, 'connect');
  const busy = get({ port: server.port, host: '127.0.0.1' });
  const broken = once(busy, 'error');
  await once(busy, 'socket').then(([socket]) => once(socket, 'connect'));
  const startedMs = performance.now();
  await server.close();
  await broken;
  t.ok(performance.now() - startedMs < 5_000);
  idle.destroy();
});
