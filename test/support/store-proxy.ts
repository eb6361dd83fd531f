import { Agent, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from '../../edge/local/loopback.ts';

/** Each request has a connection of its own, so none fails because the server behind has just closed an idle one. */
const AGENT = new Agent({ keepAlive: false });

/** Asks the server behind, under the name that the client used, and returns its answer. */
export async function askBehind({ method, url: path, headers }: IncomingMessage, body: Buffer, port: number) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    ask({ host: '127.0.0.1', port, agent: AGENT, setHost: false, method, path, headers }, resolve)
      .on('error', reject)
      .end(body);
  });
  return { status: answer.statusCode ?? 502, headers: answer.rawHeaders, content: await buffer(answer) };
}

/**
 * Stands in front of a store: it listens on the store's usual port, and the store listens on another one.
 * @param reaches called before each request, which waits for the result; if false, the connection ends and the store
 * gets nothing
 */
export async function startStoreProxy(
  t: { teardown(fn: () => Promise<void>): void },
  ports: { port: number; behindPort: number },
  reaches: (request: IncomingMessage, body: Buffer) => boolean | Promise<boolean>,
): Promise<void> {
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (!(await reaches(request, body))) return void response.destroy();
    const answer = await askBehind(request, body, ports.behindPort);
    response.writeHead(answer.status, answer.headers);
    response.end(answer.content);
  }

  const server = await listenOnLoopback((request, response) => {
    take(request, response).catch(() => response.destroy());
  }, ports.port);
  t.teardown(() => server.close(0));
}
