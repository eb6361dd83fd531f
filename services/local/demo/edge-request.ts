import { type Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { defined } from '@cloudfront-cookie-gateway/core/defined';

export interface EdgeAnswer {
  status: number;
  /** `code` is in the answers of the edge functions, `Code` in those of CloudFront and S3. */
  code?: string;
}

/** The port of the local edge, and the name under which it answers. */
export interface EdgeAddress {
  port: number;
  host: string;
}

/**
 * Sends one GET to the files host, exactly as given. `fetch` would resolve or escape parts of the path.
 * @param target path and query
 */
export async function askEdge(
  edge: EdgeAddress,
  target: string,
  headers: Record<string, string>,
  agent?: Agent,
): Promise<EdgeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>();
  const options = {
    host: '127.0.0.1',
    port: edge.port,
    path: target,
    headers: { host: edge.host, ...headers },
    signal: AbortSignal.timeout(5_000),
    agent,
  };
  request(options, resolve).on('error', reject).end();
  const response = await promise;
  const body = await text(response);
  const code = /"code":\s*"([a-z_]{1,64})"|<Code>(\w{1,64})<\/Code>/.exec(body);
  return { status: response.statusCode ?? 0, ...defined({ code: code?.[1] ?? code?.[2] }) };
}

/** A set of cookies as one `Cookie` header. */
export function cookieHeader(cookies: readonly { name: string; value: string }[]): string {
  return cookies
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ');
}
