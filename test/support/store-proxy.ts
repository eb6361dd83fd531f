import { Agent, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from '../../edge/local/loopback.ts';

/**
 * Stands in front of a store at the port that everybody asks, with the store at a port behind it.
 * @param reaches asked before each request, which waits for the answer; false: its connection ends, and nothing is done
 */
export async function startStoreProxy(
  t: { teardown(fn: () => Promise<void>): void },
  ports: { port: number; behindPort: number },
  reaches: (request: IncomingMessage) => boolean | Promise<boolean>,
): Promise<void> {
  // Each request on a connection of its own: none fails because the store has just ended an idle one.
  const agent = new Agent({ keepAlive: false });

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (!(await reaches(request))) return void response.destroy();
    const { method, url: path, headers } = request;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const to = { host: '127.0.0.1', port: ports.behindPort, agent, setHost: false };
      ask({ ...to, method, path, headers }, resolve)
        .on('error', reject)
        .end(body);
    });
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    response.end(await buffer(answer));
  }

  const server = await listenOnLoopback((request, response) => {
    take(request, response).catch(() => response.destroy());
  }, ports.port);
  t.teardown(() => server.close(0));
}
