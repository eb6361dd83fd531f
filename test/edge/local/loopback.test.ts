import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { get as getSecurely, Agent as SecureAgent } from 'node:https';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import process from 'node:process';
import t from 'tap';
import { listenOnLoopback, PortTakenError } from '../../../edge/local/loopback.ts';
import { selfSigned } from './support/certificate.ts';

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

t.test('connections that are kept, plain and secure, do not hold up the end', async (t) => {
  const tls = selfSigned();
  const server = await listenOnLoopback((_request, response) => response.end('here'), 0, tls);
  const agents = [new Agent({ keepAlive: true }), new SecureAgent({ keepAlive: true })] as const;
  const place = { port: server.port, host: '127.0.0.1', servername: 'localhost', ca: tls.cert };
  for (const request of [get({ ...place, agent: agents[0] }), getSecurely({ ...place, agent: agents[1] })]) {
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
  }
  const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
  const before = timers();
  await server.close(600_000);
  t.equal(timers(), before, 'no timer outlives the server');
  for (const agent of agents) agent.destroy();
});

t.test('HTTPS: who says nothing ends with the grace, and who breaks off ends nothing', async (t) => {
  const server = await listenOnLoopback((_request, response) => response.end('here'), 0, selfSigned());
  const broken = connect(server.port, '127.0.0.1');
  await once(broken, 'connect');
  broken.resetAndDestroy();
  const mute = connect(server.port, '127.0.0.1');
  const ended = once(mute, 'close');
  await once(mute, 'connect');
  const request = get({ port: server.port, host: '127.0.0.1', agent: false });
  t.equal((await once(request, 'response'))[0].resume().statusCode, 200);
  const startedMs = performance.now();
  await server.close(100);
  t.ok(performance.now() - startedMs < 5_000);
  await ended;
});

t.test('a request for a tunnel is refused in words', async (t) => {
  const server = await listenOnLoopback(() => {}, 0);
  t.teardown(() => server.close(0));
  const socket = connect(server.port, '127.0.0.1');
  socket.setEncoding('latin1').write('CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n');
  let answer = '';
  for await (const part of socket) answer += part;
  t.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n(.*\r\n)*\r\n$/);
});
