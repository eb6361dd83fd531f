import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '../../../edge/local/loopback.ts';
import { refuse, refuseForeignHost, storeHosts } from './http.ts';

export interface StoreServer {
  /** @param seenPort the port that clients use, if something stands in front of this server */
  listen(port: number, seenPort?: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

/**
 * The server of a store that programs use, and no browser: it refuses every request with an `Origin`.
 * @param name the store in the words of the refusal, such as `database`
 * @param now the clock of the store, in milliseconds since 1970
 */
export function createStoreServer(
  name: string,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  sendError: (response: ServerResponse, error: unknown) => void,
  now: () => number,
): StoreServer {
  let server: LoopbackServer | undefined;

  return {
    listen: async (port, seenPort = port) => {
      let hosts: string[] = [];
      server = await listenOnLoopback((request, response) => {
        // The clock that judges signatures is the clock of the answers.
        response.setHeader('date', new Date(now()).toUTCString());
        if (refuseForeignHost(request, response, hosts)) return;
        if (request.headers.origin !== undefined)
          refuse(response, 403, `This ${name} serves no web pages: a request with an Origin is refused.`);
        else answer(request, response).catch((error: unknown) => sendError(response, error));
      }, port);
      hosts = storeHosts(seenPort || server.port);
      return { port: server.port };
    },
    close: async () => {
      await server?.close();
    },
  };
}
