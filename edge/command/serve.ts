import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { createLocalCloudFront, type LocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import { openCertificate } from '@cloudfront-cookie-gateway/local-cloudfront/certificate';
import { parseImport } from '@cloudfront-cookie-gateway/local-cloudfront/functions/key-value-store';
import { type LoopbackServer, listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';
import { explained, requestLine } from './decision-lines.ts';
import { KEY_FOLDER, keysIn } from './keys.ts';
import { checkNames } from './known-names.ts';
import { type Options, UsageError } from './options.ts';
import { createPlaceholder } from './placeholder.ts';
import { type Prepared, prepared, readTemplateFile } from './prepared.ts';
import { createWatcher } from './watching.ts';

/** A distribution, by its logical id, at a port of its own. */
interface Part {
  id: string;
  /** A reload replaces it. */
  edge: LocalCloudFront;
  server: LoopbackServer;
}

/** Serves each requested distribution at a port of its own, and starts again when a file has changed. */
export async function serve(
  options: Options,
  print: (line: string) => void,
): Promise<{ close(): Promise<void> }> {
  const { template: file } = options;
  if (file === undefined) throw new UsageError('the template is missing; see edge-local --help');
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
  const placeholder = createPlaceholder();
  const said = new Set<string>();
  const given = { ...options, keys: keysIn(options.keys), assembly: dirname(file) };
  const read = async () => prepared(await readTemplateFile(file), given, placeholder.url);
  const first = await read();
  checkNames(first.template, options, first.bindings.values);
  const tls = openTls(options, first.template, print);
  const originAt = (host: string, port: number) => `${tls ? 'https' : 'http'}://${host}:${port}`;
  const startedMs = new WeakMap<object, number>();
  const createEdge = ({ template, bindings }: Prepared, id: string, port: number) =>
    createLocalCloudFront({
      template,
      distribution: id,
      ignore: options.ignore,
      bindings: {
        ...bindings,
        ...(tls ? { tls } : {}),
        origin: originAt('localhost', port),
        otherOrigins: [originAt('127.0.0.1', port)],
        viewerHeaders: options.viewerHeaders,
        httpCountsAsHttps: !tls,
        keyValueStores: Object.fromEntries(
          Object.entries(options.stores).map(([id, file]) => [
            id,
            parseImport(readFileSync(file, 'utf8'), id),
          ]),
        ),
      },
      ...(options.explain ? { explain: explained } : {}),
      onPrint: (name, line) => print(`  ${name}: ${line}`),
      onDecision(decision, request) {
        print(requestLine(decision, performance.now() - (startedMs.get(request) ?? performance.now())));
      },
    });
  const parts: Part[] = [];
  for (const [index, id] of first.distributions.entries()) {
    let part: Part | undefined;
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      startedMs.set(request, performance.now());
      part?.edge.handle(request, response);
    };
    // It listens before it reads the template, because an edge must know its port.
    const wanted = options.port === 0 ? 0 : options.port + index;
    const server = await listenOnLoopback(handle, wanted, { maxHeaderSize: 65_536, ...tls });
    part = { id, server, edge: createEdge(first, id, server.port) };
    parts.push(part);
  }
  const reload = async () => {
    try {
      const next = await read();
      for (const part of parts) {
        const old = part.edge;
        part.edge = createEdge(next, part.id, part.server.port);
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
    const leftOut = parts.flatMap(({ edge }) => edge.ignored.map((path) => `left out: ${path}`));
    for (const line of [...leftOut, ...lines]) {
      if (!said.has(line)) print(line);
      said.add(line);
    }
    sources.add([file, ...Object.values(options.stores)]);
    buckets.add(Object.values(bindings.origins).flatMap((one) => ('folder' in one ? one.folder : [])));
  };
  look(first);
  for (const { id, server } of parts)
    print(`ready ${originAt('localhost', server.port)}${parts.length > 1 ? ` ${id}` : ''}`);
  return {
    async close() {
      sources.stop();
      buckets.stop();
      await Promise.all(parts.flatMap(({ edge, server }) => [server.close(), edge.close()]));
      await placeholder.close();
    },
  };
}

function openTls({ https, keys }: Options, template: unknown, print: (line: string) => void) {
  if (https) {
    const tls = openCertificate(join(keys ?? KEY_FOLDER, 'https'), Date.now());
    print(`trust ${tls.authorityFile} once, in the browser`);
    return tls;
  }
  if (/"ViewerProtocolPolicy":"(?:https-only|redirect-to-https)"/.test(JSON.stringify(template)))
    print('over plain HTTP, without ViewerProtocolPolicy; use --https to include it');
  return undefined;
}

/** An error of a template's function comes from the function's own context, so `instanceof Error` is false for it. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
