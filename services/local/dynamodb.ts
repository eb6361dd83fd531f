import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createDynamoDbEngine, type EngineAnswer } from './dynamodb-engine.ts';
import type { Credentials } from './store/credentials.ts';
import { readBody, refuse } from './store/http.ts';
import { exceptionOf, SignatureError } from './store/signature-claim.ts';
import { verifySignature } from './store/signature-v4.ts';
import { createStoreServer, type StoreServer } from './store/store-server.ts';
import { InvalidUriError, parseQuery } from './store/uri.ts';

const LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * DynamoDB on this machine: dynalite behind a gate, because dynalite itself checks no signature. The gate refuses every
 * browser (any `Origin`), and every request without a valid signature of one of the credentials.
 */
export function createLocalDynamoDb(options: {
  /** The tables live here. */
  directory: string;
  region: string;
  credentials: Credentials[];
  now?: () => number;
}): StoreServer {
  const { region, credentials, now = Date.now } = options;
  const engine = createDynamoDbEngine(options.directory);
  const server = createStoreServer('database', answer, sendError, now);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, LIMIT_BYTES);
    const payloadHash = createHash('sha256').update(body).digest('hex');
    const query = parseQuery(request.url ?? '');
    verifySignature(request, query, payloadHash, credentials, { region, service: 'dynamodb' }, now());
    const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
    send(response, await engine.run(operation, JSON.parse(body.toString())));
  }

  return {
    listen: async (...ports) => {
      await engine.open();
      return server.listen(...ports);
    },
    close: async () => {
      await server.close();
      await engine.close();
    },
  };
}

function send(response: ServerResponse, { status, body }: EngineAnswer): void {
  // DynamoDB sends this header. Its clients use it to tell an answer of DynamoDB from an answer of a proxy.
  const requestId = randomBytes(26).toString('hex').toUpperCase();
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': requestId,
  });
  response.end(JSON.stringify(body));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof InvalidUriError) {
    refuse(response, 400, error.message);
    return;
  }
  if (!(error instanceof SignatureError)) {
    // Usually the body is too large or ended early.
    refuse(response, 400, error instanceof Error ? error.message : 'The request could not be read.');
    return;
  }
  const type = `com.amazon.coral.service#${exceptionOf(error)}`;
  send(response, { status: 400, body: { __type: type, message: error.message } });
}
