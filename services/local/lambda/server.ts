import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Credentials } from '../store/credentials.ts';
import { BodyTooLargeError, createStoreServer, type LocalServer, readBody } from '../store/http.ts';
import { exceptionOf, SignatureError, verifySignature } from '../store/signature-v4.ts';
import { InvalidUriError } from '../store/uri.ts';

/** Lambda quotas, "Invocation payload (request and response)": synchronous, and asynchronous. */
const LIMIT_BYTES = { RequestResponse: 6 * 1_024 ** 2, Event: 1_024 ** 2 };
/** Lambda runs an event again that failed, twice (Lambda Developer Guide, "Asynchronous invocation"). */
const MAX_RUNS = 3;

/** A function. It throws if it crashes. */
export type LocalFunction = (event: unknown) => Promise<unknown>;

/**
 * The one operation of the Lambda API that the service calls, Invoke. It refuses every browser (any `Origin`), and every
 * request without a valid signature of one of the credentials.
 * @param options.functions by name
 */
export function createLambdaApi(options: {
  functions: Readonly<Record<string, LocalFunction>>;
  region: string;
  credentials: Credentials[];
  now?: () => number;
}): LocalServer {
  const { functions, region, credentials, now = Date.now } = options;
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, LIMIT_BYTES.RequestResponse);
    verifySignature(request, { credentials, service: 'lambda', region, payload: body, nowMs: now() });
    const invoked = invokedBy(request, functions);
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type !== 'RequestResponse' && type !== 'Event')
      throw new InvalidRequestError('an unknown InvocationType');
    if (body.length > LIMIT_BYTES[type]) throw new BodyTooLargeError();
    const event = parseEvent(body);
    if (type === 'Event') {
      send(response, 202, '');
      await runEvent(invoked, event);
      return;
    }
    try {
      send(response, 200, JSON.stringify((await invoked(event)) ?? null));
    } catch (error) {
      const errorMessage = error instanceof Error ? error.message : 'it crashed';
      response.setHeader('x-amz-function-error', 'Unhandled');
      send(response, 200, JSON.stringify({ errorMessage }));
    }
  }

  return createStoreServer('function', answer, sendError, now);
}

/** @throws NoFunctionError for every other path, method and function */
function invokedBy(
  { method, url = '' }: IncomingMessage,
  functions: Readonly<Record<string, LocalFunction>>,
): LocalFunction {
  const [, name = ''] = /^\/2015-03-31\/functions\/([\w-]{1,64})\/invocations$/.exec(url) ?? [];
  const invoked = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (method !== 'POST' || !invoked) throw new NoFunctionError('There is no such function.');
  return invoked;
}

async function runEvent(invoked: LocalFunction, event: unknown): Promise<void> {
  for (let runs = 1; runs <= MAX_RUNS; runs++) {
    try {
      await invoked(event);
      return;
    } catch (error) {
      if (runs === MAX_RUNS) console.error('an event of the mover failed:', error);
    }
  }
}

/** @throws InvalidRequestError */
function parseEvent(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new InvalidRequestError('the payload is not JSON');
  }
}

class InvalidRequestError extends Error {}
class NoFunctionError extends Error {}

function send(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(json);
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return;
  const [status, type] = statusOf(error);
  response.setHeader('x-amzn-errortype', type);
  const message =
    error instanceof Error && status !== 500 ? error.message : 'Internal server error: try again.';
  send(response, status, JSON.stringify({ Message: message, Type: status < 500 ? 'User' : 'Server' }));
}

/** Lambda API Reference, "Invoke", Errors. */
function statusOf(error: unknown): [status: number, type: string] {
  if (error instanceof SignatureError) return [403, exceptionOf(error)];
  if (error instanceof NoFunctionError) return [404, 'ResourceNotFoundException'];
  if (error instanceof BodyTooLargeError) return [413, 'RequestTooLargeException'];
  if (error instanceof InvalidRequestError || error instanceof InvalidUriError) {
    return [400, 'InvalidRequestContentException'];
  }
  return [500, 'ServiceException'];
}
