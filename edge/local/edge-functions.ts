import { randomBytes } from 'node:crypto';
import { type Answer, dropBody, type HeaderFields, htmlRefusal } from './answer.ts';
import type { Distribution } from './distribution.ts';
import { requestOf, toEventHeaders } from './function-event.ts';
import {
  InvalidResultError,
  type PassedRequest,
  parseRequestResult,
  parseResponseResult,
} from './function-result.ts';
import { createEdgeFunction, type EdgeFunction } from './function-runtime.ts';
import type { EdgeFunctionSource } from './functions.ts';
import type { ViewerRequest } from './viewer-request.ts';

export interface EdgeFunctions {
  /**
   * The fourth room: the request that goes on, or the answer that the function gave.
   * @throws Refusal 503 for an error in the function, 502 for a result that CloudFront would not take
   */
  onRequest(viewer: ViewerRequest): PassedRequest | { answer: Answer };
  /** For answers below 400 from the cache or the origin only. It throws as onRequest does. */
  onResponse(viewer: ViewerRequest, answer: Answer): Answer;
}

export function createEdgeFunctions(
  { id, functions }: Pick<Distribution, 'id' | 'functions'>,
  keyValueStores: Readonly<Record<string, ReadonlyMap<string, string>>>,
): EdgeFunctions {
  const viewerRequest = load(functions.viewerRequest);
  const viewerResponse = load(functions.viewerResponse);

  function load(source: EdgeFunctionSource | undefined): EdgeFunction | undefined {
    if (!source) return undefined;
    const { keyValueStoreId } = source;
    const store = keyValueStoreId === undefined ? undefined : (keyValueStores[keyValueStoreId] ?? new Map());
    return createEdgeFunction(source, store);
  }

  function call(run: EdgeFunction, eventType: string, viewer: ViewerRequest, response?: object): string {
    const event = {
      version: '1.0',
      context: {
        distributionDomainName: `${id.toLowerCase()}.cloudfront.net`,
        distributionId: id,
        eventType,
        requestId: randomBytes(40).toString('base64url'),
      },
      viewer: { ip: viewer.ipAddress },
      request: requestOf(viewer),
      ...(response ? { response } : {}),
    };
    try {
      return run(JSON.stringify({ event, rawQueryString: viewer.rawQuery }));
    } catch (error) {
      throw htmlRefusal(503, 'The CloudFront function returned an error or could not be run.', error);
    }
  }

  return {
    onRequest(viewer) {
      const { method, headers } = viewer;
      if (!viewerRequest) {
        const { uri, querystring } = requestOf(viewer);
        return { uri, querystring, headers };
      }
      const json = call(viewerRequest, 'viewer-request', viewer);
      return orInvalid(() => parseRequestResult(json, { method, headers }));
    },
    onResponse(viewer, answer) {
      if (!viewerResponse || answer.status >= 400) return answer;
      const json = call(viewerResponse, 'viewer-response', viewer, {
        statusCode: answer.status,
        ...(answer.statusText === undefined ? {} : { statusDescription: answer.statusText }),
        headers: toEventHeaders(answer.headers),
        cookies: {},
      });
      const changed = orInvalid(() => parseResponseResult(json, answer.headers));
      return bodyOf(changed, answer);
    },
  };
}

/** A function that returns no body leaves the body as it is (DG: a viewer-response function may replace it). */
function bodyOf(changed: Answer, before: Answer): Answer {
  if (Buffer.isBuffer(changed.body) && changed.body.length === 0) return { ...changed, body: before.body };
  const headers: HeaderFields = new Map(changed.headers);
  headers.delete('content-length');
  dropBody(before);
  return { ...changed, headers };
}

function orInvalid<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidResultError)) throw error;
    throw htmlRefusal(502, 'The CloudFront function returned an invalid value.', error);
  }
}
