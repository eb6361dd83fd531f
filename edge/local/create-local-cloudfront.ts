import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type Answer, dropBody, htmlRefusal, Refusal } from './answer.ts';
import { checkBehavior } from './behavior.ts';
import { createCache } from './cache.ts';
import { readDistribution } from './distribution.ts';
import { createEdgeFunctions } from './edge-functions.ts';
import type { KeyValueReader } from './key-value-store.ts';
import { type LoopbackServer, listenOnLoopback } from './loopback.ts';
import { createObjects } from './objects.ts';
import { createOrigin } from './origin.ts';
import type { OriginBinding } from './origin-binding.ts';
import { randomRequestId } from './request-id.ts';
import { applyResponseHeaders } from './response-headers-policy.ts';
import { createSignatureCheck } from './signature.ts';
import { openViewerRequest, type ViewerRequest } from './viewer-request.ts';

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
 * CloudFront on one machine: the distribution of a synthesized template, on plain HTTP.
 * @throws one Error that lists every property that is not modelled and every binding that is missing
 */
export function createLocalCloudFront(options: {
  template: unknown;
  bindings: LocalBindings;
}): LocalCloudFront {
  const { bindings } = options;
  const { region, keyValueStores = {}, now = Date.now } = bindings;
  const distribution = readDistribution(options.template, bindings);
  const checkSignature = createSignatureCheck(distribution.trustedKeys, now);
  const functions = createEdgeFunctions(distribution, keyValueStores, now);
  const origin = createOrigin(distribution.origin, { region, now });
  const objects = createObjects(distribution, { cache: createCache(CACHE_BYTES), origin, now });
  const { responseHeadersPolicy } = distribution;
  const isSecure = bindings.httpCountsAsHttps || bindings.origin.startsWith('https:');
  const via = `1.1 ${distribution.id.toLowerCase()}.cloudfront.net (CloudFront)`;
  let server: LoopbackServer | undefined;

  function admit(request: IncomingMessage): ViewerRequest {
    const viewer = openViewerRequest(request, bindings.origin);
    checkBehavior(viewer, distribution, isSecure);
    checkSignature(viewer);
    return viewer;
  }

  async function pass(viewer: ViewerRequest): Promise<Answer> {
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
      const viewer = admit(request);
      const given = await pass(viewer).catch(refusedAnswer);
      // Whether CloudFront does this before or after the viewer-response function is not documented.
      if (responseHeadersPolicy) {
        applyResponseHeaders(responseHeadersPolicy, given.headers, viewer.headers.get('origin')?.[0]);
      }
      return given;
    } catch (error) {
      return refusedAnswer(error);
    }
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
