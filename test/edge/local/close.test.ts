import { once } from 'node:events';
import { createServer, get, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createLocalCloudFront } from '../../../edge/local/create-local-cloudfront.ts';
import { distributionTemplate } from './support/template.ts';

async function portOf(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** An edge before a server that keeps each connection for ever, and answers when the test says so. */
async function edgeFor(t: Test) {
  const sockets: Socket[] = [];
  const server = createServer({ keepAliveTimeout: 0 });
  server.on('connection', (socket) => sockets.push(socket));
  const port = await portOf(t, server);
  const edge = createLocalCloudFront({
    template: distributionTemplate(
      [{ Id: 'api', DomainName: 'api.example', CustomOriginConfig: { OriginProtocolPolicy: 'http-only' } }],
      { CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' },
    ),
    bindings: {
      ...{ origin: 'http://localhost:8080', origins: { api: { url: `http://127.0.0.1:${port}` } } },
      ...{ keyPairIds: {}, region: 'us-east-1', accountId: '1', httpCountsAsHttps: true },
    },
  });
  const ask = (port: number) => {
    const headers = { host: 'localhost:8080' };
    return get({ host: '127.0.0.1', port, agent: false, headers });
  };
  const asked = async (): Promise<ServerResponse> => (await once(server, 'request'))[1];
  return { edge, ask, asked, sockets };
}

t.test('a closed edge keeps no connection to its origin', async (t) => {
  const { edge, ask, asked, sockets } = await edgeFor(t);
  const request = ask((await edge.listen(0)).port);
  (await asked()).end('here');
  const [response] = await once(request, 'response');
  t.equal(await text(response), 'here');
  const [socket] = sockets;
  if (!socket) throw new Error('the origin was not asked');
  const closed = once(socket, 'close');
  await edge.close();
  await closed;
  t.equal(sockets.length, 1);
});

t.test('an answer under way, on a server of the caller, has the time that it needs', async (t) => {
  const { edge, ask, asked } = await edgeFor(t);
  const request = ask(await portOf(t, createServer(edge.handle)));
  const origin = await asked();
  origin.write('first, ');
  const [response] = await once(request, 'response');
  let isClosed = false;
  const closing = edge.close().then(() => {
    isClosed = true;
  });
  await setImmediate();
  t.notOk(isClosed);
  origin.end('and last');
  t.equal(await text(response), 'first, and last');
  await closing;
});
