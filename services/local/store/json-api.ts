import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Credentials } from './credentials.ts';
import { AwsError, diskFault } from './error.ts';
import { createLocalServer, type LocalServer, readBody, refuse } from './http.ts';
import { SignatureError, verifySignature } from './signature-v4.ts';
import { InvalidUriError } from './uri.ts';

export interface JsonAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Absent for an answer without a body. */
  body?: unknown;
}

interface JsonApi {
  /** The API in the words of a refusal, such as `database`. */
  name: string;
  /** As in a signature's scope. */
  service: string;
  region: string;
  /** Headers that must be signed if they are there, beside `host` and `x-amz-*`. */
  acting?: string[];
  credentials: readonly Credentials[];
  /** The clock of signatures and answers, in milliseconds since 1970. */
  now?: () => number;
  limitBytes: number;
  /** The errors of this API that do not come from its operations. */
  errors: { malformed: string; tooLarge: AwsError; failed: string };
  answer(request: IncomingMessage, body: Buffer): JsonAnswer | Promise<JsonAnswer>;
}

/**
 * An API of AWS that programs use, and no browser. It refuses every request with an `Origin`, and every request without a
 * valid signature of one of the credentials.
 */
export function createJsonApi({ name, limitBytes, errors, answer, ...signed }: JsonApi): LocalServer {
  const { now = Date.now } = signed;

  async function answerTo(request: IncomingMessage): Promise<JsonAnswer> {
    try {
      const payload = await readBody(request, limitBytes);
      if (payload === undefined) throw errors.tooLarge;
      verifySignature(request, { ...signed, payload, nowMs: now() });
      return await answer(request, payload);
    } catch (error) {
      const { status, code, message } = toAwsError(error);
      return { status, headers: { 'x-amzn-errortype': code }, body: { __type: code, Message: message } };
    }
  }

  function toAwsError(error: unknown): AwsError {
    if (error instanceof SignatureError) {
      return new AwsError(signed.service === 'dynamodb' ? 400 : 403, error.exception, error.message);
    }
    if (error instanceof SyntaxError || error instanceof InvalidUriError) {
      return new AwsError(400, errors.malformed, error.message);
    }
    if (error instanceof AwsError) return error;
    return new AwsError(500, errors.failed, `Internal server error: ${diskFault(error) ?? 'try again'}.`);
  }

  return createLocalServer(async (request, response) => {
    response.setHeader('date', new Date(now()).toUTCString());
    if (request.headers.origin !== undefined) {
      refuse(response, 403, `This ${name} serves no web pages: a request with an Origin is refused.`);
      return;
    }
    const { status = 200, headers, body } = await answerTo(request);
    // AWS numbers each of its answers. Clients see by this that an answer is from AWS.
    const numbered = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers };
    response.writeHead(status, numbered).end(body === undefined ? '' : JSON.stringify(body));
  });
}
