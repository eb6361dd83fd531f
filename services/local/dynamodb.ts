import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import dynalite from 'dynalite';
import { type LoopbackServer, listenOnLoopback } from '../../edge/local/loopback.ts';
import type { Credentials } from './credentials.ts';
import { readBody, refuse, refuseForeignHost, storeHosts } from './guard.ts';
import { verifySignature } from './sigv4.ts';
import { exceptionOf, SignatureError } from './sigv4-claim.ts';
import { InvalidUriError, parseQuery } from './uri.ts';

export interface LocalDynamoDb {
  /** @param seenPort the one that clients name, where something stands in front of this */
  listen(port: number, seenPort?: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

const LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * DynamoDB on this machine: dynalite behind a gate, since on its own it answers everybody. It serves no browser (any
 * `Origin` is refused) and takes requests only with a valid signature of one of the credentials.
 */
export function createLocalDynamoDb(options: {
  /** The tables live here. */
  directory: string;
  region: string;
  credentials: Credentials[];
  now?: () => number;
}): LocalDynamoDb {
  const { region, credentials, now = Date.now } = options;
  const database = dynalite({ path: options.directory, createTableMs: 0 });
  let server: LoopbackServer | undefined;

  const underWay = new Set<Promise<void>>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.origin !== undefined) {
      refuse(response, 403, 'This database serves no web pages: a request with an Origin is refused.');
      return;
    }
    const body = await readBody(request, LIMIT_BYTES);
    const payloadHash = createHash('sha256').update(body).digest('hex');
    const query = parseQuery(request.url ?? '');
    verifySignature(request, query, payloadHash, credentials, { region, service: 'dynamodb' }, now());
    database.emit('request', withBody(request, body), answeredOnce(response));
  }

  /** The database works on for a client that has gone: it must not be closed under it. */
  function answeredOnce(response: ServerResponse): ServerResponse {
    const end = response.end.bind(response);
    const answered = new Promise<void>((resolve) => {
      response.end = (...given: unknown[]) => {
        resolve();
        return Reflect.apply(end, response, given);
      };
    });
    underWay.add(answered);
    void answered.then(() => underWay.delete(answered));
    return response;
  }

  return {
    listen: async (port, seenPort = port) => {
      let hosts: string[] = [];
      server = await listenOnLoopback((request, response) => {
        if (refuseForeignHost(request, response, hosts)) return;
        answer(request, response).catch((error: unknown) => sendError(response, error));
      }, port);
      hosts = storeHosts(seenPort || server.port);
      return { port: server.port };
    },
    close: async () => {
      await server?.close();
      await Promise.all(underWay);
      // It closes its database only with a server that listens: for that moment, one that answers nobody.
      database.removeAllListeners('request');
      database.listen(0, '127.0.0.1');
      await once(database, 'listening');
      await new Promise<void>((resolve, reject) => {
        database.close((error) => (error ? reject(error) : resolve()));
      });
    },
  };
}

/** The request once more, now that its body has been read and checked. */
function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  const copy = new IncomingMessage(new Socket());
  copy.method = request.method ?? '';
  copy.url = request.url ?? '';
  copy.headers = request.headers;
  copy.push(body);
  copy.push(null);
  return copy;
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof InvalidUriError) {
    refuse(response, 400, error.message);
    return;
  }
  if (!(error instanceof SignatureError)) {
    // Most of all a body that is too large or that ended early.
    refuse(response, 400, error instanceof Error ? error.message : 'The request could not be read.');
    return;
  }
  const type = `com.amazon.coral.service#${exceptionOf(error)}`;
  response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: type, message: error.message }));
}
