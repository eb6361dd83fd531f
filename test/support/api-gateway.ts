import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from '../../edge/local/loopback.ts';

/** The answer of a Lambda function to an HTTP API (payload format 2.0). */
export interface LambdaAnswer {
  statusCode: number;
  headers: Record<string, string>;
  cookies?: string[];
  body: string;
  isBase64Encoded?: boolean;
}

export type Handler = (event: object, context: object) => Promise<LambdaAnswer>;

export interface ApiRequest {
  method: string;
  /** Path and query as the client sent them. */
  target: string;
  headers: Record<string, string>;
  body?: Buffer;
  sourceIp?: string;
}

/**
 * The event that an HTTP API makes of a request (API Gateway Developer Guide, "Create AWS Lambda proxy integrations").
 * The path is decoded, the values of one query parameter are joined by commas, and cookies are a list. A body that is
 * not text is in base64.
 */
export function toEvent({ method, target, headers, body, sourceIp = '192.0.2.1' }: ApiRequest): object {
  const [rawPath = '', ...query] = target.split('?');
  const rawQueryString = query.join('?');
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    parameters.set(name, [...(parameters.get(name) ?? []), value]);
  }
  const path = decoded(rawPath);
  const { cookie, ...others } = headers;
  const isText = /^(?:text\/|application\/(?:json|javascript|xml))/.test(headers['content-type'] ?? '');
  const time = Date.now();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers: others,
    ...(parameters.size === 0
      ? {}
      : {
          queryStringParameters: Object.fromEntries([...parameters].map(([name, all]) => [name, all.join()])),
        }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdefghij',
      domainName: headers['host'],
      domainPrefix: headers['host']?.split('.')[0],
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: headers['user-agent'] ?? '' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage: '$default',
      time: new Date(time).toISOString(),
      timeEpoch: time,
    },
    ...(body && body.length > 0 ? { body: body.toString(isText ? 'utf8' : 'base64') } : {}),
    isBase64Encoded: body !== undefined && body.length > 0 && !isText,
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** An HTTP API on loopback. The handler behind it is set once the port is known. */
export async function startApiGateway(t: { teardown(fn: () => Promise<void>): void }): Promise<{
  origin: string;
  serve(handler: Handler): void;
}> {
  let handler: Handler | undefined;
  const answer = async (request: IncomingMessage): Promise<LambdaAnswer> => {
    if (!handler) throw new Error('no handler yet');
    const { method = '', url: target = '', headers } = request;
    const flat = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
    return handler(
      toEvent({ method, target, headers: Object.fromEntries(flat), body: await buffer(request) }),
      {},
    );
  };
  const server = await listenOnLoopback((request, response) => {
    answer(request).then(
      ({ statusCode, headers, cookies = [], body, isBase64Encoded }) => {
        response.writeHead(statusCode, {
          ...headers,
          ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
        });
        response.end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  }, 0);
  t.teardown(() => server.close(0));
  return {
    origin: `http://localhost:${server.port}`,
    serve: (given) => {
      handler = given;
    },
  };
}
