import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from './assumptions.ts';
import { createCache } from './cache/cache.ts';
import { createObjects } from './cache/objects.ts';
import type { Decision } from './decision.ts';
import { createEdgeFunctions } from './functions/edge-functions.ts';
import type { KeyValueReader } from './functions/key-value-store.ts';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';
import { createOrigin, type Origin } from './origin/origin.ts';
import { createRequestWalk, type Rooms } from './request-walk.ts';
import { createSignatureCheck } from './signature/signature.ts';
import { readDistribution } from './template/distribution.ts';
import type { OriginBinding, OriginSettings } from './template/origin-binding.ts';
import { createResponder } from './viewer/respond.ts';
import { originsByHost, type RawRequest } from './viewer/viewer-request.ts';

export { createKeyValueStore } from './functions/key-value-store.ts';

/** What the template leaves open, and this machine has to say. */
export interface LocalBindings {
  /** Exactly what viewers type: scheme, host and port. Requests for another host are refused in words. */
  origin: string;
  /** Further ones, such as one for each alias of the distribution. */
  otherOrigins?: readonly string[];
  /** PEM. With them the server speaks HTTPS, and every origin that viewers type begins with `https:`. */
  tls?: { key: string; cert: string };
  /** Where each origin really lives, by the DomainName that the resolved template gives. */
  origins: Record<string, OriginBinding>;
  /** Key pair id of each public key, by the Name in its PublicKeyConfig. */
  keyPairIds: Record<string, string>;
  region: string;
  accountId: string;
  /** Plain HTTP on loopback counts as HTTPS for ViewerProtocolPolicy. */
  httpCountsAsHttps: boolean;
  /** Entries of each KeyValueStore, by its logical id; a store that is not here is empty. */
  keyValueStores?: Record<string, KeyValueReader>;
  /** Milliseconds. */
  now?: () => number;
}

export interface LocalCloudFrontOptions {
  /** A CloudFormation template, parsed. */
  template: unknown;
  bindings: LocalBindings;
  /** Where reality may be another than the defaults. */
  assumptions?: Partial<Assumptions>;
  /** Called once for each request, when its answer is known. */
  onDecision?: (decision: Decision) => void;
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
  close(): Promise<void>;
}

const CACHE_BYTES = 64 * 1_024 * 1_024;

/** Node's own limit lies above CloudFront's, so that CloudFront's answer is given. */
const NODE_MAX_HEADER_BYTES = 65_536;

/**
 * CloudFront on one machine: the distribution of a synthesized template, on HTTP/1.1.
 * @throws one Error that lists every property that is not modelled and every binding that is missing
 */
export function createLocalCloudFront(options: LocalCloudFrontOptions): LocalCloudFront {
  const { bindings, onDecision } = options;
  const { region, keyValueStores = {}, now = Date.now } = bindings;
  const assumptions = { ...DEFAULT_ASSUMPTIONS, ...options.assumptions };
  const viewerOrigins = originsByHost([bindings.origin, ...(bindings.otherOrigins ?? [])]);
  for (const origin of viewerOrigins.values()) {
    if (bindings.tls && !origin.startsWith('https:')) throw new Error(`bindings: ${origin} is not https`);
  }
  const distribution = readDistribution(options.template, bindings);
  const cache = createCache(CACHE_BYTES);
  const origins = new Map<OriginSettings, Origin>();
  const originOf = (settings: OriginSettings): Origin => {
    const origin = origins.get(settings) ?? createOrigin(settings, { region, now });
    origins.set(settings, origin);
    return origin;
  };
  const behaviors = distribution.behaviors.map(
    (behavior, index): Rooms => ({
      ...behavior,
      signature: behavior.trustedKeys && createSignatureCheck(behavior.trustedKeys, { now, assumptions }),
      edgeFunctions: createEdgeFunctions(
        { id: distribution.id, functions: behavior.functions },
        keyValueStores,
        now,
      ),
      objects: createObjects(behavior, {
        keyPrefix: `${index}`,
        cache,
        origin: originOf(behavior.origin),
        errorTtlSeconds: distribution.errorTtlSeconds,
        now,
      }),
    }),
  );
  const walk = createRequestWalk(behaviors, {
    viewerOrigins,
    httpCountsAsHttps: bindings.httpCountsAsHttps,
    assumptions,
    now,
    onDecision,
  });
  const respond = createResponder(distribution.id);
  let server: LoopbackServer | undefined;

  function serve(request: IncomingMessage, response: ServerResponse): void {
    // The viewer or the origin went away in the middle of an object: nobody is left to be told.
    const breakOff = () => response.destroy();
    walk
      .answer(request)
      .then((given) => respond(response, given))
      .catch(breakOff);
  }

  return {
    async listen(port) {
      server = await listenOnLoopback(serve, port, {
        maxHeaderSize: NODE_MAX_HEADER_BYTES,
        optimizeEmptyRequests: true,
        ...bindings.tls,
      });
      return { port: server.port };
    },
    decide: walk.decide,
    setTrustedKeys(keys) {
      for (const { signature } of behaviors) signature?.setTrustedKeys(keys);
    },
    async close() {
      await server?.close();
      for (const origin of origins.values()) origin.close();
    },
  };
}
