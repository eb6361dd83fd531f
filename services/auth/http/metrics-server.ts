import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, type Registry } from 'prom-client';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Serves `GET /metrics` on a port of its own. The port that people reach does not have it. */
export async function listenForMetrics(
  registry: Registry,
  { host, port }: { host: string; port: number },
): Promise<Server> {
  collectDefaultMetrics({ register: registry });
  const isLocal = LOOPBACK.includes(host) || host === '::1';
  const server = createServer({ requestTimeout: 5_000 }, (request, response) => {
    // On loopback, any other host name belongs to a web page whose name was made to resolve to this machine.
    const name = request.headers.host?.replace(/:\d+$/, '') ?? '';
    if (request.method !== 'GET' || request.url !== '/metrics' || (isLocal && !LOOPBACK.includes(name))) {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
