import { withoutSigning } from '../signature/signing-parameters.ts';
import type { CacheBehavior } from '../template/distribution.ts';
import type { EdgeFunctionSource } from '../template/functions.ts';
import { type Answer, dropBody } from '../viewer/answer.ts';
import type { ViewerRequest } from '../viewer/viewer-request.ts';
import { createCallQueue } from './call-queue.ts';
import { cookiePairs, queryPairs, tellEvent } from './function-event.ts';
import { functionRefusal, type Print } from './function-refusal.ts';
import {
  type FunctionResponse,
  type PassedRequest,
  parseRequestResult,
  parseResponseResult,
} from './function-result.ts';
import { createEdgeFunction, type EdgeFunction } from './function-runtime.ts';
import type { KeyValueReader } from './key-value-store.ts';

/** The request that a viewer-request function hands on, or the function's own answer. */
export type Passed = PassedRequest | { answer: Answer };

export interface EdgeFunctions {
  /**
   * The fourth step: the request that goes on, or the answer that the function gave.
   * @throws Refusal 503 for an error in the function, 502 for a result that CloudFront would not take
   */
  onRequest(viewer: ViewerRequest): Promise<Passed>;
  /** Runs for answers below 400 from the cache or the origin only. It throws as onRequest does. */
  onResponse(viewer: ViewerRequest, answer: Answer): Promise<Answer>;
}

export interface EdgeFunctionsOptions {
  /** The id of the distribution. */
  id: string;
  functions: CacheBehavior['functions'];
  /** The stores by logical id. A store that is missing here is empty. */
  keyValueStores: Readonly<Record<string, KeyValueReader>>;
  /** Milliseconds. A function sees this time for as long as it runs. */
  now: () => number;
  /** True if the behavior takes cookies to the origin, so that those of a function are read. */
  takesCookies?: boolean;
  print?: Print | undefined;
}

export function createEdgeFunctions({
  id,
  functions,
  keyValueStores,
  now,
  takesCookies = false,
  print,
}: EdgeFunctionsOptions): EdgeFunctions {
  const enqueue = createCallQueue();
  const viewerRequest = load(functions.viewerRequest);
  const viewerResponse = load(functions.viewerResponse);

  function load(source: EdgeFunctionSource | undefined): EdgeFunction | undefined {
    if (!source) return undefined;
    const { name, keyValueStore } = source;
    const store = keyValueStore && (keyValueStores[keyValueStore.logicalId] ?? new Map());
    return createEdgeFunction(source, store, print && ((line) => print(name, line)));
  }

  /** @param parse runs under the same limit: the result may have getters */
  async function call<T>(
    edgeFunction: EdgeFunction,
    viewer: ViewerRequest,
    answer: Answer | undefined,
    parse: (result: ReturnType<EdgeFunction['call']>) => T,
  ): Promise<T> {
    const run = () => {
      const told = { distributionId: id, nowMs: now() };
      return parse(edgeFunction.call((world) => tellEvent(world, viewer, answer, told)));
    };
    try {
      return await enqueue(run, edgeFunction.reset);
    } catch (error) {
      throw functionRefusal(edgeFunction.name, error, print);
    }
  }

  return {
    onRequest(viewer) {
      const { method, headers } = viewer;
      if (!viewerRequest) {
        const querystring = queryPairs(withoutSigning(viewer.rawQuery));
        const cookies = takesCookies ? { cookies: cookiePairs(viewer) } : {};
        return Promise.resolve({ uri: viewer.rawPath, querystring, headers, ...cookies });
      }
      return call(viewerRequest, viewer, undefined, ({ value, originId }) => {
        const result = parseRequestResult(value, { method, headers, takesCookies });
        if (!('response' in result)) return originId === undefined ? result : { ...result, originId };
        const { headers: own, body = Buffer.alloc(0) } = result.response;
        own.set('server', ['CloudFront']).set('x-cache', ['FunctionGeneratedResponse from cloudfront']);
        return { answer: { ...result.response, body } };
      });
    },
    onResponse(viewer, answer) {
      if (!viewerResponse || answer.status >= 400) return Promise.resolve(answer);
      return call(viewerResponse, viewer, answer, ({ value }) =>
        withBody(parseResponseResult(value, answer.headers), answer),
      );
    },
  };
}

/**
 * A body from the function, even an empty one, replaces the body of the object. The length stays as it was, since the
 * function has to align it (DG: event structure).
 */
function withBody(changed: FunctionResponse, before: Answer): Answer {
  const { body } = changed;
  if (body === undefined) return { ...changed, body: before.body };
  dropBody(before);
  return { ...changed, body };
}
