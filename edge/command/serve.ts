import { appendFileSync, readFileSync, watch } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { createLocalCloudFront, type LocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import { openCertificate } from '@cloudfront-cookie-gateway/local-cloudfront/certificate';
import { type Decision, wordsFor } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import { type LoopbackServer, listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';
import { distributionsOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/distribution';
import { headerFields } from '@cloudfront-cookie-gateway/local-cloudfront/viewer/answer';
import type { RawRequest } from '@cloudfront-cookie-gateway/local-cloudfront/viewer/viewer-request';
import { withOwnKeys } from './keys.ts';
import { type Options, UsageError } from './options.ts';

const PLACE = { region: 'us-east-1', accountId: '000000000000' };
/** Editors and `cdk synth` write a file in several steps. */
const SETTLE_MS = 100;

export interface Serving {
  close(): Promise<void>;
}

/** Serves each requested distribution at a port of its own. It starts anew when a file has changed. */
export async function serve(options: Options, print: (line: string) => void): Promise<Serving> {
  const { template: file } = options;
  if (file === undefined) throw new UsageError('--template <file> is missing; see edge-local --help');
  const read = async () =>
    withOwnKeys(await parsed(readFileSync(file, 'utf8')), options.keys, { ...PLACE, values: options.values });
  const assembly = dirname(file);
  const first = await read();
  const ids = idsOf(first.template, options.distribution);
  const tls = options.https
    ? openCertificate(join(options.keys ?? '.edge-local', 'https'), Date.now())
    : undefined;
  if (tls) print(`trust ${tls.authorityFile} once, in the browser`);
  else if (/"(?:https-only|redirect-to-https)"/.test(JSON.stringify(first.template)))
    print('over plain HTTP, without ViewerProtocolPolicy; use --https to include it');
  if (options.log !== undefined) appendFileSync(options.log, LOG_HEADER);
  const parts: { edge: LocalCloudFront; server: LoopbackServer }[] = [];
  const startedMs = new WeakMap<object, number>();

  function create({ template, keyPairIds }: typeof first, id: string, port: number): LocalCloudFront {
    const originAt = (host: string) => `${tls ? 'https' : 'http'}://${host}:${port}`;
    return createLocalCloudFront({
      template,
      distribution: id,
      ignore: options.ignore,
      bindings: {
        origin: originAt('localhost'),
        otherOrigins: [originAt('127.0.0.1')],
        ...PLACE,
        origins: options.origins,
        values: options.values,
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

  for (const [index, id] of ids.entries()) {
    const port = options.port + index;
    const part = { edge: create(first, id, port) };
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      startedMs.set(request, performance.now());
      if (request.method !== 'PURGE') return part.edge.handle(request, response);
      purge(part.edge, port, request, response);
    };
    const server = await listenOnLoopback(handle, port, { maxHeaderSize: 65_536, ...tls });
    parts.push(Object.assign(part, { server }));
    for (const path of part.edge.ignored) print(`left out: ${path}`);
    print(`ready ${tls ? 'https' : 'http'}://localhost:${port}${ids.length > 1 ? ` ${id}` : ''}`);
  }

  const reload = async () => {
    for (const [index, part] of parts.entries()) {
      try {
        const now = await read();
        const old = part.edge;
        part.edge = create(now, ids[index] ?? '', options.port + index);
        print(`reloaded ${ids[index]}`);
        // This runs after the last request of the former server has ended.
        old.close().catch((error) => print(messageOf(error)));
      } catch (error) {
        print(`not reloaded, and served as before: ${messageOf(error)}`);
      }
    }
  };
  const forgetAll = () => {
    for (const { edge } of parts) edge.invalidate(['/*']);
  };
  const watchers = [
    watching(file, reload),
    ...Object.values(options.origins).map((binding) =>
      'folder' in binding ? watching(binding.folder, forgetAll) : () => {},
    ),
  ];
  return {
    async close() {
      for (const stop of watchers) stop();
      await Promise.all(parts.flatMap(({ edge, server }) => [server.close(), edge.close()]));
    },
  };
}

/** Most templates are JSON, and need no YAML parser to start. */
async function parsed(text: string): Promise<unknown> {
  if (text.trimStart().startsWith('{')) return JSON.parse(text);
  const { parseTemplate } = await import(
    '@cloudfront-cookie-gateway/local-cloudfront/template/parse-template'
  );
  return parseTemplate(text);
}

function idsOf(template: unknown, chosen: string | undefined): string[] {
  const ids = distributionsOf(template, PLACE);
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

function watching(path: string, changed: () => unknown): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(path, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  });
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}

function explained(decision: Decision): string {
  const { step, clause, required, given } = decision;
  const words = wordsFor(decision);
  const sides = [
    ...(words === undefined ? [] : [words]),
    ...(required === undefined ? [] : [`required ${required}`]),
    ...(given === undefined ? [] : [`given ${given}`]),
  ];
  return [`${step}: ${clause}`, ...sides].join('; ').replace(/[^\x20-\x7e]/g, '?');
}

/** An error of a template's function comes from the function's own context, so `instanceof Error` is false for it. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

/** `200 hit GET /a.txt 0.4 ms`. For a refusal, the line names the step and the rule. */
function requestLine({ status, cache, method, path, step, clause }: Decision, ms: number): string {
  const how =
    (status ?? 0) >= 400 && clause !== 'answered' ? `${step}: ${clause}` : (cache ?? step).toLowerCase();
  return `${status} ${how} ${method} ${path} ${ms.toFixed(1)} ms`;
}

/** The fields of CloudFront's standard log (DG: standard logging), in its order. */
const FIELDS = `date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)
  cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol
  cs-bytes time-taken`.split(/\s+/);

const LOG_HEADER = `#Version: 1.0\n#Fields: ${FIELDS.join(' ')}\n`;

/**
 * One line, with tabs between its fields. An unknown field is `-`. Queries and cookies may be secrets, so they are `-`,
 * too.
 */
function accessLogLine(decision: Decision, { rawHeaders }: RawRequest, ms: number): string {
  const { atMs, ipAddress, method, path, status = 0, cache } = decision;
  const headers = headerFields(rawHeaders);
  const said = (name: string) => encodeURI(headers.get(name)?.[0] ?? '-');
  const [date, time = ''] = new Date(atMs).toISOString().split('T');
  const result = cache ?? (status >= 400 ? 'Error' : 'Miss');
  const seconds = (ms / 1_000).toFixed(3);
  const viewer = [date, time.slice(0, 8), 'LOCAL1-P1', '-', ipAddress, method, said('host'), path, status];
  const sent = [
    said('referer'),
    said('user-agent'),
    '-',
    '-',
    result,
    '-',
    said('host'),
    'http',
    '-',
    seconds,
  ];
  return `${[...viewer, ...sent].join('\t')}\n`;
}
