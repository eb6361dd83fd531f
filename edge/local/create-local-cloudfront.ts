import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, dropBody, htmlRefusal, Refusal } from './answer.ts';
import { checkBehavior, chooseBehavior } from './behavior.ts';
import { createCache } from './cache.ts';
import { readDistribution } from './distribution.ts';
import { createEdgeFunctions } from './edge-functions.ts';
import type { KeyValueReader } from './key-value-store.ts';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';
import { createObjects } from './objects.ts';
import { createOrigin, type Origin } from './origin.ts';
import type { OriginBinding, OriginSettings } from './origin-binding.ts';
import { createResponder } from './respond.ts';
import { applyResponseHeaders } from './response-headers-policy.ts';
import { createSignatureCheck } from './signature.ts';
import { openViewerRequest, originsByHost, type ViewerRequest } from './viewer-request.ts';

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

export interface LocalCloudFront {
  /**
   * Listens on loopback only.
   * @param port 0 for any free one
   * @throws PortTakenError
   */
  listen(port: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

const CACHE_BYTES = 64 * 1_024 * 1_024;

/** Node's own limit lies above CloudFront's, so that CloudFront's answer is given. */
const NODE_MAX_HEADER_BYTES = 65_536;

/**
 * CloudFront on one machine: the distribution of a synthesized template, on HTTP/1.1.
 * @throws one Error that lists every property that is not modelled and every binding that is missing
 */
export function createLocalCloudFront(options: {
  template: unknown;
  bindings: LocalBindings;
}): LocalCloudFront {
  const { bindings } = options;
  const { region, keyValueStores = {}, now = Date.now } = bindings;
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
  const behaviors = distribution.behaviors.map((behavior, index) => ({
    ...behavior,
    checkSignature: behavior.trustedKeys && createSignatureCheck(behavior.trustedKeys, now),
    functions: createEdgeFunctions(
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
  }));
  type Behavior = (typeof behaviors)[number];
  const respond = createResponder(distribution.id);
  let server: LoopbackServer | undefined;

  function admit(request: IncomingMessage): { viewer: ViewerRequest; behavior: Behavior } {
    const viewer = openViewerRequest(request, viewerOrigins);
    const behavior = chooseBehavior(behaviors, viewer.rawPath);
    checkBehavior(viewer, behavior, bindings.httpCountsAsHttps || viewer.origin.startsWith('https:'));
    behavior.checkSignature?.(viewer);
    return { viewer, behavior };
  }

  async function pass(viewer: ViewerRequest, { functions, objects }: Behavior): Promise<Answer> {
    const passed = await functions.onRequest(viewer);
    if ('answer' in passed) {
      passed.answer.headers.set('server', ['CloudFront']);
      passed.answer.headers.set('x-cache', ['FunctionGeneratedResponse from cloudfront']);
      return passed.answer;
    }
    const object = await objects(viewer.method, passed);
    try {
      return await functions.onResponse(viewer, object);
    } catch (error) {
      dropBody(object);
      throw error;
    }
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    try {
      const { viewer, behavior } = admit(request);
      const given = await pass(viewer, behavior).catch(refusedAnswer);
      const { responseHeadersPolicy } = behavior;
      // Whether CloudFront does this before or after the viewer-response function is not documented.
      if (responseHeadersPolicy) {
        applyResponseHeaders(responseHeadersPolicy, given.headers, viewer.headers.get('origin')?.[0]);
      }
      return given;
    } catch (error) {
      return refusedAnswer(error);
    }
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    // The viewer or the origin went away in the middle of an object: nobody is left to be told.
    const breakOff = () => response.destroy();
    answer(request)
      .then((given) => respond(response, given))
      .catch(breakOff);
  }

  return {
    async listen(port) {
      server = await listenOnLoopback(serve, port, {
        maxHeaderSize: NODE_MAX_HEADER_BYTES,
        ...bindings.tls,
      });
      return { port: server.port };
    },
    async close() {
      await server?.close();
      for (const origin of origins.values()) origin.close();
    },
  };
}

function refusedAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return error.answer;
  return htmlRefusal(500, 'Internal Error.', error).answer;
}
