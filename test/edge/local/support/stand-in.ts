import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { posix } from 'node:path';

/** The requests that the stand-in got, byte for byte. */
export interface OriginRequest {
  method: string;
  rawUrl: string;
  headers: IncomingMessage['headers'];
}

export interface StandIn {
  endpoint: string;
  requests: OriginRequest[];
  /** Objects by decoded key, without the bucket. */
  objects: Map<string, { body: Buffer; type: string; headers?: Record<string, string> }>;
  /** If set, it answers instead of the objects. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  close(): Promise<void>;
}

/**
 * An origin that is more careless than S3. It resolves dot segments, folds case, collapses slashes and reads a
 * backslash as a slash. If a request reaches another user's folder in one of these ways, the edge has let it through.
 */
export async function startStandIn(): Promise<StandIn> {
  const requests: OriginRequest[] = [];
  const objects: StandIn['objects'] = new Map();
  const server = createServer((request, response) => {
    const { method = '', url: rawUrl = '', headers } = request;
    requests.push({ method, rawUrl, headers });
    if (!/^AWS4-HMAC-SHA256 Credential=AKIATEST\//.test(headers.authorization ?? '')) {
      response.writeHead(403).end('unsigned');
      return;
    }
    if (standIn.answer) standIn.answer(request, response);
    else give(request, response, objects);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server.address());
  const standIn: StandIn = {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    objects,
    answer: undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return standIn;
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

function carelessKey(rawUrl: string): string {
  const rawPath = rawUrl.split('?')[0] ?? '';
  const decoded = decodeOnce(rawPath).replaceAll('\\', '/');
  return posix.normalize(decoded).replace('/gateway-files/', '').toLowerCase();
}

function decodeOnce(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_whole, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function give(request: IncomingMessage, response: ServerResponse, objects: StandIn['objects']): void {
  const object = objects.get(carelessKey(request.url ?? ''));
  if (!object) {
    response.writeHead(404, { 'content-type': 'application/xml' });
    response.end('<Error><Code>NoSuchKey</Code></Error>');
    return;
  }
  const etag = `"${createHash('md5').update(object.body).digest('hex')}"`;
  const headers = { 'content-type': object.type, etag, 'x-amz-request-id': 'R1', ...object.headers };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range) {
    const part = object.body.subarray(Number(range[1]), Number(range[2]) + 1);
    const place = `bytes ${range[1]}-${range[2]}/${object.body.length}`;
    response.writeHead(206, { ...headers, 'content-range': place, 'content-length': part.length }).end(part);
    return;
  }
  response.writeHead(200, { ...headers, 'content-length': object.body.length }).end(object.body);
}
