import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { createLocalCloudFront, type LocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import {
  type LocalCertificate,
  openCertificate,
} from '@cloudfront-cookie-gateway/local-cloudfront/certificate';
import { parseImport } from '@cloudfront-cookie-gateway/local-cloudfront/functions/key-value-store';
import { type LoopbackServer, listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';
import { explained, requestLine } from './decision-lines.ts';
import { KEY_FOLDER, keysIn } from './keys.ts';
import { checkNames } from './known-names.ts';
import { type Options, UsageError } from './options.ts';
import { createPlaceholder } from './placeholder.ts';
import { type Prepared, prepared, readTemplateFile } from './prepared.ts';
import { createWatcher } from './watching.ts';

export interface Serving {
  close(): Promise<void>;
}

/** Serves each requested distribution at a port of its own. It starts anew when a file has changed. */
export async function serve(options: Options, print: (line: string) => void): Promise<Serving> {
  const { template: file } = options;
  if (file === undefined) throw new UsageError('the template is missing; see edge-local --help');
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
  const placeholder = createPlaceholder();
  const said = new Set<string>();
  const say = (lines: readonly string[]) => {
    for (const line of lines) if (!said.has(line)) print(line);
    for (const line of lines) said.add(line);
  };
  const given = { ...options, keys: keysIn(options.keys), assembly: dirname(file) };
  const read = async () => prepared(await readTemplateFile(file), given, placeholder.url);
  const first = await read();
  checkNames(first.template, options, first.bindings.values);
  const ids = first.distributions;
  const tls = openTls(options, first.template, print);
  const shared: Shared = { options, tls, startedMs: new WeakMap(), print };
  const parts: Part[] = [];
  for (const [index, id] of ids.entries()) {
    const part = await startPart(shared, first, { id, port: options.port === 0 ? 0 : options.port + index });
    parts.push(part);
  }
  const reload = async () => {
    try {
      const next = await read();
      for (const part of parts) {
        const old = part.edge;
        part.edge = createEdge(shared, next, part);
        print(`reloaded ${part.id}`);
        // This runs after the last request of the former server has ended.
        old.close().catch((error) => print(messageOf(error)));
      }
      look(next);
    } catch (error) {
      print(`not reloaded, and served as before: ${messageOf(error)}`);
    }
  };
  const sources = createWatcher(reload);
  const buckets = createWatcher(() => {
    for (const { edge } of parts) edge.invalidate(['/*']);
  });
  const look = ({ bindings, lines }: Prepared) => {
    say([...parts.flatMap(({ edge }) => edge.ignored.map((path) => `left out: ${path}`)), ...lines]);
    sources.add([file, ...Object.values(options.stores)]);
    buckets.add(Object.values(bindings.origins).flatMap((one) => ('folder' in one ? one.folder : [])));
  };
  look(first);
  for (const { id, port } of parts)
    print(`ready ${originAt('localhost', port, tls)}${ids.length > 1 ? ` ${id}` : ''}`);
  return {
    async close() {
      sources.stop();
      buckets.stop();
      await Promise.all(parts.flatMap(({ edge, server }) => [server.close(), edge.close()]));
      await placeholder.close();
    },
  };
}

/** What all distributions of one command share. */
interface Shared {
  options: Options;
  tls: LocalCertificate | undefined;
  /** When each request has come. */
  startedMs: WeakMap<object, number>;
  print: (line: string) => void;
}

/** A distribution, by its logical id, at a port. */
interface Place {
  id: string;
  port: number;
}

interface Part extends Place {
  /** A reload replaces it. */
  edge: LocalCloudFront;
  server: LoopbackServer;
}

function openTls({ https, keys }: Options, template: unknown, print: Shared['print']) {
  if (https) {
    const tls = openCertificate(join(keys ?? KEY_FOLDER, 'https'), Date.now());
    print(`trust ${tls.authorityFile} once, in the browser`);
    return tls;
  }
  if (/"ViewerProtocolPolicy":"(?:https-only|redirect-to-https)"/.test(JSON.stringify(template)))
    print('over plain HTTP, without ViewerProtocolPolicy; use --https to include it');
  return undefined;
}

/** Listens before it reads the template, because an edge must know its port. */
async function startPart(shared: Shared, template: Prepared, { id, port: wanted }: Place): Promise<Part> {
  let part: Part | undefined;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    shared.startedMs.set(request, performance.now());
    if (request.method !== 'PURGE') return part?.edge.handle(request, response);
    if (part) purge(part, request, response);
  };
  const server = await listenOnLoopback(handle, wanted, { maxHeaderSize: 65_536, ...shared.tls });
  const { port } = server;
  part = { id, port, server, edge: createEdge(shared, template, { id, port }) };
  return part;
}

function createEdge(
  { options, tls, startedMs, print }: Shared,
  { template, bindings }: Prepared,
  { id, port }: Place,
): LocalCloudFront {
  return createLocalCloudFront({
    template,
    distribution: id,
    ignore: options.ignore,
    bindings: {
      origin: originAt('localhost', port, tls),
      otherOrigins: [originAt('127.0.0.1', port, tls)],
      ...bindings,
      viewerHeaders: options.viewerHeaders,
      ...(tls ? { tls } : {}),
      httpCountsAsHttps: !tls,
      keyValueStores: Object.fromEntries(
        Object.entries(options.stores).map(([id, file]) => [id, parseImport(readFileSync(file, 'utf8'), id)]),
      ),
    },
    ...(options.explain ? { explain: explained } : {}),
    onPrint: (name, line) => print(`  ${name}: ${line}`),
    onDecision(decision, request) {
      print(requestLine(decision, performance.now() - (startedMs.get(request) ?? performance.now())));
    },
  });
}

function originAt(host: string, port: number, tls: LocalCertificate | undefined): string {
  return `${tls ? 'https' : 'http'}://${host}:${port}`;
}

/**
 * Only a program of this machine can send this header. A browser would first ask for permission by a preflight, and
 * nothing gives it.
 */
function purge({ edge, port }: Part, request: IncomingMessage, response: ServerResponse): void {
  const isOwn = request.headers.host === `localhost:${port}` && request.headers.origin === undefined;
  const count = isOwn ? edge.invalidate([request.url ?? '']) : 0;
  response.writeHead(isOwn ? 200 : 403, { 'content-type': 'text/plain' }).end(isOwn ? `${count}\n` : '');
}

/** An error of a template's function comes from the function's own context, so `instanceof Error` is false for it. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
