import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Answer, dropBody, htmlRefusal, Refusal } from './answer.ts';
import { type Assumptions, DEFAULT_ASSUMPTIONS } from './assumptions.ts';
import { checkBehavior } from './behavior.ts';
import { createCache } from './cache.ts';
import { type Decision, decisionOf, objectOf, type Walk } from './decision.ts';
import { readDistribution } from './distribution.ts';
import { createEdgeFunctions } from './edge-functions.ts';
import type { KeyValueReader } from './key-value-store.ts';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';
import { createObjects } from './objects.ts';
import { createOrigin } from './origin.ts';
import type { OriginBinding } from './origin-binding.ts';
import { randomRequestId } from './request-id.ts';
import { applyResponseHeaders } from './response-headers-policy.ts';
import { seenByFunctions, seenByViewerResponse } from './seen-request.ts';
import { createSignatureCheck } from './signature.ts';
import { openViewerRequest, type RawRequest } from './viewer-request.ts';

/** What the template leaves open, and this machine has to say. */
export interface LocalBindings {
  /** Exactly what viewers type: scheme, host and port. Requests for another host are refused in words. */
  origin: string;
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
 * CloudFront on one machine: the distribution of a synthesized template, on plain HTTP.
 * @throws one Error that lists every property that is not modelled and every binding that is missing
 */
export function createLocalCloudFront(options: LocalCloudFrontOptions): LocalCloudFront {
  const { bindings, onDecision } = options;
  const { region, keyValueStores = {}, now = Date.now } = bindings;
  const assumptions = { ...DEFAULT_ASSUMPTIONS, ...options.assumptions };
  const distribution = readDistribution(options.template, bindings);
  const signature = createSignatureCheck(distribution.trustedKeys, { now, assumptions });
  const functions = createEdgeFunctions(distribution, keyValueStores, now);
  const origin = createOrigin(distribution.origin, { region, now });
  const objects = createObjects(distribution, { cache: createCache(CACHE_BYTES), origin, now });
  const { responseHeadersPolicy } = distribution;
  const isSecure = bindings.httpCountsAsHttps || bindings.origin.startsWith('https:');
  const via = `1.1 ${distribution.id.toLowerCase()}.cloudfront.net (CloudFront)`;
  let server: LoopbackServer | undefined;

  /** The rooms up to the cache: the request that goes on, or the function's own answer. */
  async function admit(request: RawRequest, walk: Walk) {
    const viewer = openViewerRequest(request, bindings.origin);
    walk.viewer = viewer;
    walk.step = 'behavior';
    checkBehavior(viewer, distribution, isSecure);
    walk.step = 'signature';
    if (!assumptions.functionBeforeSignature) signature.check(viewer);
    walk.step = 'viewer-request function';
    const seen = seenByFunctions(viewer, assumptions);
    const passed = await functions.onRequest(seen);
    if ('answer' in passed) {
      walk.functionAnswer = passed.answer;
      return passed;
    }
    walk.step = 'signature';
    if (assumptions.functionBeforeSignature) signature.check(viewer);
    walk.step = 'cache';
    return { seen, passed };
  }

  async function pass(request: RawRequest, walk: Walk): Promise<Answer> {
    const admitted = await admit(request, walk);
    if ('answer' in admitted) {
      admitted.answer.headers.set('server', ['CloudFront']);
      admitted.answer.headers.set('x-cache', ['FunctionGeneratedResponse from cloudfront']);
      return admitted.answer;
    }
    const { seen, passed } = admitted;
    walk.step = 'origin';
    const object = await objects(seen.method, passed);
    walk.object = objectOf(object);
    if (object.originStatus === undefined) walk.step = 'cache';
    if (assumptions.responseHeadersPolicyFirst && object.status < 400) applyPolicy(object, walk);
    try {
      const changed = await functions.onResponse(seenByViewerResponse(seen, passed, assumptions), object);
      if (changed.status === object.status) return changed;
      walk.step = 'viewer-response function';
      walk.functionAnswer = changed;
      return changed;
    } catch (error) {
      walk.step = 'viewer-response function';
      dropBody(object);
      throw error;
    }
  }

  function applyPolicy({ headers }: Answer, { viewer, step }: Walk): void {
    const isRefused = step === 'signature' && !assumptions.responseHeadersPolicyOnRefusals;
    if (!responseHeadersPolicy || !viewer || step === 'behavior' || isRefused) return;
    applyResponseHeaders(responseHeadersPolicy, headers, viewer.headers.get('origin')?.[0]);
  }

  async function answer(request: RawRequest): Promise<Answer> {
    const walk: Walk = { step: 'request' };
    let given: Answer;
    let failure: unknown;
    try {
      given = await pass(request, walk);
    } catch (error) {
      failure = error;
      given = refusedAnswer(error);
    }
    const isApplied =
      assumptions.responseHeadersPolicyFirst && failure === undefined && walk.object && given.status < 400;
    if (!isApplied) applyPolicy(given, walk);
    onDecision?.(decisionOf(walk, request, { answer: given, error: failure, atMs: now(), assumptions }));
    return given;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const { status, statusText, headers, body } = await answer(request);
    headers.set('via', [via]);
    headers.set('x-amz-cf-id', [randomRequestId()]);
    headers.set('x-amz-cf-pop', ['LOCAL1-P1']);
    if (Buffer.isBuffer(body) && status !== 304) headers.set('content-length', [String(body.length)]);
    if (statusText) response.statusMessage = statusText;
    response.writeHead(status, Object.fromEntries(headers));
    if (Buffer.isBuffer(body)) response.end(body);
    else await pipeline(body, response);
  }

  return {
    async listen(port) {
      server = await listenOnLoopback(
        (request, response) => {
          // The viewer or the origin went away in the middle of an object: nobody is left to be told.
          serve(request, response).catch(() => response.destroy());
        },
        port,
        { maxHeaderSize: NODE_MAX_HEADER_BYTES },
      );
      return { port: server.port };
    },
    async decide(request) {
      const walk: Walk = { step: 'request' };
      let error: unknown;
      try {
        await admit(request, walk);
      } catch (failure) {
        error = failure;
      }
      const given = error === undefined ? walk.functionAnswer : refusedAnswer(error);
      return decisionOf(walk, request, { answer: given, error, atMs: now(), assumptions });
    },
    setTrustedKeys: signature.setTrustedKeys,
    async close() {
      await server?.close();
      origin.close();
    },
  };
}

function refusedAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return error.answer;
  return htmlRefusal(500, 'Internal Error.', error).answer;
}
