import type { Credentials } from '../store/credentials.ts';
import { AwsError } from '../store/error.ts';
import type { LocalServer } from '../store/http.ts';
import { createJsonApi } from '../store/json-api.ts';

/** Lambda quotas, "Invocation payload (request and response)": synchronous, and asynchronous. */
const LIMIT_BYTES = { RequestResponse: 6 * 1_024 ** 2, Event: 1_024 ** 2 };
/** Lambda runs an event again that failed, twice (Lambda Developer Guide, "Asynchronous invocation"). */
const MAX_RUNS = 3;

/** A function. It throws if it crashes. */
export type LocalFunction = (event: unknown) => Promise<unknown>;

/**
 * The one operation of the Lambda API that the service calls, Invoke (Lambda API Reference, "Invoke", has its errors).
 * @param options.functions by name
 */
export function createLambdaApi(options: {
  functions: Readonly<Record<string, LocalFunction>>;
  region: string;
  credentials: Credentials[];
  now?: () => number;
}): LocalServer {
  const { functions, ...signed } = options;
  const tooLarge = new AwsError(413, 'RequestTooLargeException', 'The payload is too large.');
  return createJsonApi({
    ...{ ...signed, name: 'function', service: 'lambda', limitBytes: LIMIT_BYTES.RequestResponse },
    errors: { malformed: 'InvalidRequestContentException', tooLarge, failed: 'ServiceException' },
    async answer({ method, url = '', headers }, body) {
      const [, name = ''] = /^\/2015-03-31\/functions\/([\w-]{1,64})\/invocations$/.exec(url) ?? [];
      const invoked = Object.hasOwn(functions, name) ? functions[name] : undefined;
      if (method !== 'POST' || !invoked) {
        throw new AwsError(404, 'ResourceNotFoundException', 'There is no such function.');
      }
      const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
      if (type !== 'RequestResponse' && type !== 'Event') {
        throw new AwsError(400, 'InvalidRequestContentException', 'an unknown InvocationType');
      }
      if (body.length > LIMIT_BYTES[type]) throw tooLarge;
      const event: unknown = JSON.parse(body.toString());
      if (type === 'Event') {
        void runEvent(invoked, event);
        return { status: 202 };
      }
      try {
        return { body: (await invoked(event)) ?? null };
      } catch (error) {
        const errorMessage = error instanceof Error ? error.message : 'it crashed';
        return { headers: { 'x-amz-function-error': 'Unhandled' }, body: { errorMessage } };
      }
    },
  });
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
