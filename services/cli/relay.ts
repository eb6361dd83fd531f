import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { NativeFolder } from '@cloudfront-cookie-gateway/client/native';

/** What a player learns of an answer, and what keeps a browser that opens the URL from running a file. */
const PASSED = [
  ...['accept-ranges', 'content-length', 'content-range', 'content-type', 'etag', 'last-modified'],
  ...['content-disposition', 'content-security-policy', 'x-content-type-options'],
];

export interface Relay {
  /** The address of the folder, with a slash at the end. */
  base: string;
  close(): Promise<void>;
}

/**
 * A server on this machine, for players that send no headers. It asks the files host for the files of one folder, with
 * the query that is good at the time. Only who knows its address gets an answer.
 */
export async function startRelay(folder: Pick<NativeFolder, 'credential'>): Promise<Relay> {
  const root = `/${randomBytes(16).toString('hex')}/`;
  let host = '';
  const server = createServer((request, response) => {
    const { headers, method = '', url = '' } = request;
    // A page of the web could reach this machine by a name of its own.
    if (headers.host !== host || !url.startsWith(root)) return void response.writeHead(404).end();
    if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405).end();
    pass(folder, url.slice(root.length), request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    base: `http://${host}${root}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pass(
  folder: Pick<NativeFolder, 'credential'>,
  rawPath: string,
  { headers, method = 'GET' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin, prefix, query } = await folder.credential();
  const [path = ''] = rawPath.split('?');
  const url = new URL(`${origin}${prefix}${path}?${query}`);
  // A URL resolves dot segments. They must not lead out of the folder.
  if (!url.pathname.startsWith(prefix)) return void response.writeHead(404).end();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { range, 'if-range': ifRange } = headers;
  const answer = await fetch(url, {
    method,
    headers: { ...(range && { range }), ...(typeof ifRange === 'string' && { 'if-range': ifRange }) },
    redirect: 'error',
    signal: gone.signal,
  });
  const passed = PASSED.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  response.writeHead(answer.status, { ...Object.fromEntries(passed), 'cache-control': 'no-store' });
  if (answer.body === null) return void response.end();
  await pipeline(Readable.fromWeb(answer.body), response);
}
