import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from './assumptions.ts';
import { type Cache, createCache } from './cache/cache.ts';
import { createObjects } from './cache/objects.ts';
import type { Decision } from './decision.ts';
import { createEdgeFunctions } from './functions/edge-functions.ts';
import type { KeyValueReader } from './functions/key-value-store.ts';
import { storesOf } from './functions/key-value-store.ts';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';
import { createTargets, type Targets } from './origin/targets.ts';
import { createRequestWalk, type RequestWalk, type ServedBehavior } from './request-walk.ts';
import { createSignatureCheck } from './signature/signature.ts';
import { type Distribution, readDistribution } from './template/distribution.ts';
import type { OriginBinding } from './template/origins.ts';
import { isGenerated, NONE } from './template/request-policies.ts';
import { createResponder, viaOf } from './viewer/respond.ts';
import { originsByHost, type RawRequest } from './viewer/viewer-request.ts';

export { createKeyValueStore } from './functions/key-value-store.ts';

/** The values that the template leaves open. This machine gives them. */
export interface LocalBindings {
  /**
   * The origin exactly as viewers type it: scheme, host and port. A request for another host gets a refusal in words.
   */
  origin: string;
  /** Further origins, such as one for each alias of the distribution. */
  otherOrigins?: readonly string[];
  /** PEM. The server then speaks HTTPS and HTTP on one port. Every origin that viewers type begins with `https:`. */
  tls?: { key: string; cert: string };
  /** The real place of each origin, by its DomainName in the resolved template, its Id, or the name of its bucket. */
  origins: Record<string, OriginBinding>;
  /** The key pair id of each public key, by the Name in its PublicKeyConfig. */
  keyPairIds: Record<string, string>;
  region: string;
  accountId: string;
  /** Plain HTTP on loopback counts as HTTPS for ViewerProtocolPolicy. */
  httpCountsAsHttps: boolean;
  /** The entries of each KeyValueStore, by its logical id. A store that is missing here is empty. */
  keyValueStores?: Record<string, KeyValueReader>;
  /** The folder of a cloud assembly. Its assets fill the stores. */
  assembly?: string;
  /** The values of parameters and imports by their names, and of attributes as `LogicalId.Attribute`. */
  values?: Record<string, string>;
  /** The values of headers that CloudFront writes itself, such as `CloudFront-Viewer-Country`. */
  viewerHeaders?: Record<string, string>;
  /** Milliseconds. */
  now?: () => number;
}

export interface LocalCloudFrontOptions {
  /** A CloudFormation template, parsed. */
  template: unknown;
  /** The logical id of the distribution, if the template has several. */
  distribution?: string;
  /** The names of properties that are not modelled, such as `SmoothStreaming`, and that are left out without an error. */
  ignore?: readonly string[];
  bindings: LocalBindings;
  /** The assumptions that differ from the defaults. */
  assumptions?: Partial<Assumptions>;
  /** Called once for each request, when its answer is known. */
  onDecision?: (decision: Decision, request: RawRequest) => void;
  /** Gives the header `x-edge-explain` of each answer. */
  explain?: (decision: Decision) => string;
  /** Gets the lines that functions print, and why each failed. */
  onPrint?: (functionName: string, line: string) => void;
}

export interface LocalCloudFront {
  /**
   * Listens on loopback only.
   * @param port 0 for any free port
   * @throws PortTakenError
   */
  listen(port: number): Promise<{ port: number }>;
  /** Follows a request up to the cache, without a socket. The origin gets no request, and the viewer no answer. */
  decide(request: RawRequest): Promise<Decision>;
  /** Forgets the cached objects below paths, and gives their number. A path may end with `*` (DG: invalidation). */
  invalidate(paths: readonly string[]): number;
  /** Answers a request that a server of the caller received. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** The paths of the properties that `ignore` leaves out, and of those that are taken without their effect, with why. */
  ignored: readonly string[];
  /** Waits for requests under way. Those of `listen` get one second; those of `handle` get the time that they need. */
  close(): Promise<void>;
}

const CACHE_BYTES = 64 * 1_024 * 1_024;

/**
 * CloudFront on one machine: the distribution of a synthesized template, on HTTP/1.1.
 * @throws one Error that lists every property that is not modelled and every binding that is missing
 */
export function createLocalCloudFront(options: LocalCloudFrontOptions): LocalCloudFront {
  const { bindings } = options;
  const { region, viewerHeaders = {}, now = Date.now } = bindings;
  const assumptions = { ...DEFAULT_ASSUMPTIONS, ...options.assumptions };
  const viewerOrigins = originsByHost([bindings.origin, ...(bindings.otherOrigins ?? [])]);
  for (const origin of viewerOrigins.values()) {
    if (bindings.tls && !origin.startsWith('https:')) throw new Error(`bindings: ${origin} is not https`);
  }
  const names = { ...bindings, distribution: options.distribution, ignore: options.ignore };
  const distribution = readDistribution(options.template, names);
  const via = viaOf(distribution.id);
  const cache = createCache(CACHE_BYTES);
  const targets = createTargets(distribution.origins, { region, now, via });
  const behaviors = servedBehaviors(distribution, options, { cache, targets, assumptions, now });
  const walk = createRequestWalk({
    behaviors,
    viewerOrigins,
    defaultRootObject: distribution.defaultRootObject,
    errorPages: distribution.errorPages.pages,
    viewerHeaders: Object.fromEntries(
      Object.entries(viewerHeaders).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    httpCountsAsHttps: bindings.httpCountsAsHttps,
    isTlsHere: bindings.tls !== undefined,
    assumptions,
    now,
    onDecision: options.onDecision,
    explain: options.explain,
  });
  const { serve, drained } = createServing(walk, via);
  let server: LoopbackServer | undefined;
  return {
    async listen(port) {
      server = await listenOnLoopback(serve, port, {
        // Node's own limit is above CloudFront's limit, so CloudFront's answer is given.
        maxHeaderSize: 65_536,
        optimizeEmptyRequests: true,
        ...bindings.tls,
      });
      return { port: server.port };
    },
    handle: serve,
    ignored: distribution.ignored,
    invalidate: cache.invalidate,
    decide: walk.decide,
    async close() {
      await server?.close();
      await drained();
      targets.close();
    },
  };
}

/** Each behavior with everything that serves it. All behaviors share the cache. */
function servedBehaviors(
  { id, behaviors, errorPages }: Distribution,
  { bindings, onPrint }: LocalCloudFrontOptions,
  shared: { cache: Cache; targets: Targets; assumptions: Assumptions; now: () => number },
): ServedBehavior[] {
  const { cache, targets, assumptions, now } = shared;
  const print = onPrint;
  const sources = behaviors.flatMap(({ functions }) => Object.values(functions));
  const keyValueStores = storesOf(sources, bindings.keyValueStores ?? {}, bindings.assembly);
  return behaviors.map((behavior, index) => {
    const { cachePolicy, originRequestPolicy, functions, trustedKeys } = behavior;
    const takesCookies =
      cachePolicy.takesCookie !== NONE || (originRequestPolicy?.takesCookie ?? NONE) !== NONE;
    const generated = [...cachePolicy.headers.filter(isGenerated), ...(originRequestPolicy?.generated ?? [])];
    const origin = targets.of(behavior.origin);
    return {
      ...behavior,
      generated,
      signature: trustedKeys && createSignatureCheck(trustedKeys, { now, assumptions }),
      edgeFunctions: createEdgeFunctions({ id, functions, keyValueStores, now, takesCookies, print }),
      objects: createObjects(behavior, {
        keyPrefix: `${index}`,
        cache,
        forwardsCookies: takesCookies,
        originOf: ({ originId }) => (originId === undefined ? origin : targets.chosen(originId)),
        errorTtlSeconds: errorPages.ttlSeconds,
        now,
      }),
    };
  });
}

/** Answers the requests of a server. `drained` waits for those that are under way. */
function createServing(walk: RequestWalk, via: string) {
  const respond = createResponder(via);
  let underWay = 0;
  let resolveDrained: () => void = () => {};
  function ended(): void {
    if (--underWay === 0) resolveDrained();
  }
  return {
    serve(request: IncomingMessage, response: ServerResponse): void {
      // The viewer or the origin went away in the middle of an object. Nobody is left to get an error.
      const breakOff = () => {
        response.destroy();
        ended();
      };
      underWay++;
      walk
        .answer(request)
        .then((given) => respond(response, given))
        .then(ended, breakOff);
    },
    async drained(): Promise<void> {
      if (underWay > 0) await new Promise<void>((resolve) => (resolveDrained = resolve));
    },
  };
}
