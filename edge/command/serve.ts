import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { createLocalCloudFront, type LocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import {
  type LocalCertificate,
  openCertificate,
} from '@cloudfront-cookie-gateway/local-cloudfront/certificate';
import { type LoopbackServer, listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';
import { distributionsOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/distribution';
import { accessLogLine, explained, LOG_HEADER, requestLine } from './decision-lines.ts';
import { type Guessed, guess } from './guess.ts';
import { withOwnKeys } from './keys.ts';
import { checkNames } from './known-names.ts';
import { type Options, UsageError } from './options.ts';
import { PLACE } from './place.ts';
import { createPlaceholder } from './placeholder.ts';
import { watching, watchingFolders } from './watching.ts';

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
  const read = async (): Promise<Template> => {
    const template = await parsed(readFileSync(file, 'utf8'));
    const guessed = await guess(template, { ...options, assembly: dirname(file) }, placeholder.url);
    const { lines, ...own } = withOwnKeys(template, options.keys, { ...PLACE, values: guessed.values });
    return { ...own, guessed: { ...guessed, lines: [...guessed.lines, ...lines] } };
  };
  const first = await read();
  checkNames(first.template, options);
  const ids = idsOf(first, options.distribution);
  const tls = openTls(options, first.template, print);
  if (options.log !== undefined) appendFileSync(options.log, LOG_HEADER);
  const shared: Shared = { options, tls, assembly: dirname(file), startedMs: new WeakMap(), print };
  const parts: Part[] = [];
  for (const [index, id] of ids.entries()) {
    const part = await startPart(shared, first, { id, port: options.port + index });
    parts.push(part);
    say([...part.edge.ignored.map((path) => `left out: ${path}`), ...first.guessed.lines]);
    print(`ready ${originAt('localhost', part.port, tls)}${ids.length > 1 ? ` ${id}` : ''}`);
  }

  const folders = watchingFolders(() => {
    for (const { edge } of parts) edge.invalidate(['/*']);
  });
  const reload = async () => {
    for (const part of parts) {
      try {
        const [old, template] = [part.edge, await read()];
        part.edge = createEdge(shared, template, part);
        folders.watch(template.guessed.origins);
        say([...part.edge.ignored.map((path) => `left out: ${path}`), ...template.guessed.lines]);
        print(`reloaded ${part.id}`);
        // This runs after the last request of the former server has ended.
        old.close().catch((error) => print(messageOf(error)));
      } catch (error) {
        print(`not reloaded, and served as before: ${messageOf(error)}`);
      }
    }
  };
  folders.watch(first.guessed.origins);
  const stops = [file, ...Object.values(options.lambdas)].map((one) => watching(one, reload));
  return {
    async close() {
      for (const stop of stops) stop();
      folders.stop();
      await Promise.all(parts.flatMap(({ edge, server }) => [server.close(), edge.close()]));
      await placeholder.close();
    },
  };
}

/** What all distributions of one command share. */
interface Shared {
  options: Options;
  tls: LocalCertificate | undefined;
  /** The folder of the template. */
  assembly: string;
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

type Template = Omit<ReturnType<typeof withOwnKeys>, 'lines'> & { guessed: Guessed };

function openTls({ https, keys }: Options, template: unknown, print: Shared['print']) {
  if (https) {
    const tls = openCertificate(join(keys ?? '.edge-local', 'https'), Date.now());
    print(`trust ${tls.authorityFile} once, in the browser`);
    return tls;
  }
  if (/"(?:https-only|redirect-to-https)"/.test(JSON.stringify(template)))
    print('over plain HTTP, without ViewerProtocolPolicy; use --https to include it');
  return undefined;
}

async function startPart(shared: Shared, template: Template, place: Place): Promise<Part> {
  const { port } = place;
  const part = { ...place, edge: createEdge(shared, template, place) };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    shared.startedMs.set(request, performance.now());
    if (request.method !== 'PURGE') return part.edge.handle(request, response);
    purge(part.edge, port, request, response);
  };
  const server = await listenOnLoopback(handle, port, { maxHeaderSize: 65_536, ...shared.tls });
  return Object.assign(part, { server });
}

function createEdge(
  { options, tls, assembly, startedMs, print }: Shared,
  { template, keyPairIds, guessed }: Template,
  { id, port }: Place,
): LocalCloudFront {
  return createLocalCloudFront({
    template,
    distribution: id,
    ignore: options.ignore,
    bindings: {
      origin: originAt('localhost', port, tls),
      otherOrigins: [originAt('127.0.0.1', port, tls)],
      ...PLACE,
      origins: guessed.origins,
      lambdas: guessed.lambdas,
      values: guessed.values,
      viewerHeaders: options.viewerHeaders,
      ...(tls ? { tls } : {}),
      httpCountsAsHttps: !tls,
      keyValueStores: options.stores,
      assembly,
      keyPairIds: Object.fromEntries(keyPairIds.map((name) => [name, name])),
    },
    ...(options.explain ? { explain: explained } : {}),
    onPrint: (name, line) => print(`  ${name}: ${line}`),
    onDecision(decision, request) {
      const ms = performance.now() - (startedMs.get(request) ?? performance.now());
      print(requestLine(decision, ms));
      if (options.log !== undefined) appendFileSync(options.log, accessLogLine(decision, request, ms));
    },
  });
}

function originAt(host: string, port: number, tls: LocalCertificate | undefined): string {
  return `${tls ? 'https' : 'http'}://${host}:${port}`;
}

/** Most templates are JSON, and need no YAML parser to start. */
async function parsed(text: string): Promise<unknown> {
  if (text.trimStart().startsWith('{')) return JSON.parse(text);
  const { parseTemplate } = await import(
    '@cloudfront-cookie-gateway/local-cloudfront/template/parse-template'
  );
  return parseTemplate(text);
}

function idsOf({ template, guessed: { values } }: Template, chosen: string | undefined): string[] {
  const ids = distributionsOf(template, { ...PLACE, values });
  if (ids.length === 0) throw new UsageError('the template has no AWS::CloudFront::Distribution');
  if (chosen === undefined) return ids;
  if (!ids.includes(chosen))
    throw new UsageError(`there is no distribution ${chosen}; the template has ${ids.join(', ')}`);
  return [chosen];
}

/**
 * Only a program of this machine can send this header. A browser would first ask for permission by a preflight, and
 * nothing gives it.
 */
function purge(
  edge: LocalCloudFront,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): void {
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
