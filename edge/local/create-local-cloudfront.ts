import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from './assumptions.ts';
import { createCache } from './cache/cache.ts';
import { createObjects } from './cache/objects.ts';
import type { Decision } from './decision.ts';
import { createEdgeFunctions } from './functions/edge-functions.ts';
import { storesOf } from './functions/imported-store.ts';
import type { KeyValueReader } from './functions/key-value-store.ts';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';
import { createTargets } from './origin/targets.ts';
import { createRequestWalk, type Rooms } from './request-walk.ts';
import { createSignatureCheck } from './signature/signature.ts';
import { readDistribution } from './template/distribution.ts';
import { isGenerated, NONE } from './template/origin-request-policy.ts';
import type { OriginBinding } from './template/origins.ts';
import { createResponder, viaOf } from './viewer/respond.ts';
import { originsByHost, type RawRequest } from './viewer/viewer-request.ts';

export { createKeyValueStore } from './functions/key-value-store.ts';

/** What the template leaves open, and this machine has to say. */
export interface LocalBindings {
  /** Exactly what viewers type: scheme, host and port. Requests for another host are refused in words. */
  origin: string;
  /** Further ones, such as one for each alias of the distribution. */
  otherOrigins?: readonly string[];
  /**
   * PEM. With them the server speaks HTTPS, and every origin that viewers type begins with `https:`. On the same port it
   * speaks HTTP, for ViewerProtocolPolicy.
   */
  tls?: { key: string; cert: string };
  /** Where each origin really lives: by its DomainName as the template resolves it, its Id, or the name of its bucket. */
  origins: Record<string, OriginBinding>;
  /** Key pair id of each public key, by the Name in its PublicKeyConfig. */
  keyPairIds: Record<string, string>;
  region: string;
  accountId: string;
  /** Plain HTTP on loopback counts as HTTPS for ViewerProtocolPolicy. */
  httpCountsAsHttps: boolean;
  /** Entries of each KeyValueStore, by its logical id; a store that is not here is empty. */
  keyValueStores?: Record<string, KeyValueReader>;
  /** The folder of a cloud assembly: the assets that its stores are filled from are there. */
  assembly?: string;
  /** Values of parameters and imports by their names, and of attributes as `LogicalId.Attribute`. */
  values?: Record<string, string>;
  /** Values of headers that CloudFront writes itself, such as `CloudFront-Viewer-Country`. */
  viewerHeaders?: Record<string, string>;
  /** Milliseconds. */
  now?: () => number;
}

export interface LocalCloudFrontOptions {
  /** A CloudFormation template, parsed. */
  template: unknown;
  /** Logical id of the distribution, where the template has several. */
  distribution?: string;
  /** Names of properties that are left out although they are not modelled, such as `WebACLId`. */
  ignore?: readonly string[];
  bindings: LocalBindings;
  /** Where reality may be another than the defaults. */
  assumptions?: Partial<Assumptions>;
  /** Called once for each request, when its answer is known. */
  onDecision?: (decision: Decision, request: RawRequest) => void;
  /** Words for the header `x-edge-explain` of each answer. */
  explain?: (decision: Decision) => string;
  /** What functions print with `console.log`. */
  onPrint?: (functionName: string, line: string) => void;
}

export interface LocalCloudFront {
  /**
   * Listens on loopback only.
   * @param port 0 for any free one
   * @throws PortTakenError
   */
  listen(port: number): Promise<{ port: number }>;
  /** Follows a request up to the cache, without a socket: the origin is not asked, and nothing is answered. */
  decide(request: RawRequest): Promise<Decision>;
  /** Replaces the keys of all trusted key groups, by key pair id, from the next request on. */
  setTrustedKeys(keys: ReadonlyMap<string, KeyObject>): void;
  /** Forgets what is cached below paths, each of which may end with `*` (DG: invalidation); gives how many objects. */
  invalidate(paths: readonly string[]): number;
  /** Answers a request of a server of the caller's. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Paths of the properties that were left out, since `ignore` names them. */
  ignored: readonly string[];
  /** Requests under way end first: those of `handle` when they end, those of `listen` within a second. */
  close(): Promise<void>;
}

const CACHE_BYTES = 64 * 1_024 * 1_024;

/**
 * CloudFront on one machine: the distribution of a synthesized template, on HTTP/1.1.
 * @throws one Error that lists every property that is not modelled and every binding that is missing
 */
export function createLocalCloudFront(options: LocalCloudFrontOptions): LocalCloudFront {
  const { bindings, onDecision } = options;
  const { region, keyValueStores = {}, viewerHeaders = {}, now = Date.now } = bindings;
  const assumptions = { ...DEFAULT_ASSUMPTIONS, ...options.assumptions };
  const viewerOrigins = originsByHost([bindings.origin, ...(bindings.otherOrigins ?? [])]);
  for (const origin of viewerOrigins.values()) {
    if (bindings.tls && !origin.startsWith('https:')) throw new Error(`bindings: ${origin} is not https`);
  }
  const distribution = readDistribution(options.template, {
    ...bindings,
    ...(options.distribution === undefined ? {} : { distribution: options.distribution }),
    ...(options.ignore ? { ignore: options.ignore } : {}),
  });
  const via = viaOf(distribution.id);
  const cache = createCache(CACHE_BYTES);
  const targets = createTargets(distribution.origins, bindings.origins, { region, now, via });
  const sources = distribution.behaviors.flatMap(({ functions }) => Object.values(functions));
  const stores = storesOf(sources, keyValueStores, bindings);
  const behaviors = distribution.behaviors.map((behavior, index): Rooms => {
    const { cachePolicy, originRequestPolicy } = behavior;
    const origin = targets.of(behavior.origin);
    return {
      ...behavior,
      generated: [...cachePolicy.headers.filter(isGenerated), ...(originRequestPolicy?.generated ?? [])],
      signature: behavior.trustedKeys && createSignatureCheck(behavior.trustedKeys, { now, assumptions }),
      edgeFunctions: createEdgeFunctions({
        id: distribution.id,
        functions: behavior.functions,
        keyValueStores: stores,
        now,
        takesCookies:
          cachePolicy.takesCookie !== undefined || (originRequestPolicy?.takesCookie ?? NONE) !== NONE,
        print: options.onPrint,
      }),
      objects: createObjects(behavior, {
        keyPrefix: `${index}`,
        cache,
        originOf: ({ originChange }) =>
          originChange ? targets.changed(behavior.origin, originChange) : origin,
        errorTtlSeconds: distribution.errorPages.ttlSeconds,
        now,
      }),
    };
  });
  const walk = createRequestWalk(behaviors, {
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
    onDecision,
    explain: options.explain,
  });
  const respond = createResponder(via);
  let server: LoopbackServer | undefined;

  let underWay = 0;
  let drained: () => void = () => {};
  function ended(): void {
    if (--underWay === 0) drained();
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    // The viewer or the origin went away in the middle of an object: nobody is left to be told.
    const breakOff = () => {
      response.destroy();
      ended();
    };
    underWay++;
    walk
      .answer(request)
      .then((given) => respond(response, given))
      .then(ended, breakOff);
  }

  return {
    async listen(port) {
      server = await listenOnLoopback(serve, port, {
        // Node's own limit lies above CloudFront's, so that CloudFront's answer is given.
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
    setTrustedKeys(keys) {
      for (const { signature } of behaviors) signature?.setTrustedKeys(keys);
    },
    async close() {
      await server?.close();
      if (underWay > 0) await new Promise<void>((resolve) => (drained = resolve));
      targets.close();
    },
  };
}
