import type { Test } from 'tap';
import { createEdgeFunctions } from '../../../../../edge/local/functions/edge-functions.ts';
import type { KeyValueReader } from '../../../../../edge/local/functions/key-value-store.ts';
import type { ViewerRequest } from '../../../../../edge/local/viewer/viewer-request.ts';
import { NOW_EPOCH } from '../../support/edge.ts';

export const viewer: ViewerRequest = {
  id: 'r1',
  method: 'GET',
  origin: 'http://localhost:8080',
  rawPath: '/users/a/b',
  rawQuery: undefined,
  headers: new Map([['host', ['localhost:8080']]]),
  ipAddress: '127.0.0.1',
  port: 1,
};

export function functionsOf(
  code: { request?: string; response?: string },
  options: { store?: KeyValueReader; now?: () => number; takesCookies?: boolean } = {},
) {
  const store = options.store ? { keyValueStore: { logicalId: 'Store' } } : {};
  return createEdgeFunctions({
    id: 'D1',
    functions: {
      ...(code.request === undefined
        ? {}
        : { viewerRequest: { name: 'OnRequest', code: code.request, ...store } }),
      ...(code.response === undefined ? {} : { viewerResponse: { name: 'OnResponse', code: code.response } }),
    },
    keyValueStores: options.store ? { Store: options.store } : {},
    now: options.now ?? (() => NOW_EPOCH * 1_000),
    ...(options.takesCookies ? { takesCookies: true } : {}),
  });
}

/** The value of an expression inside a viewer-request function, after `before` at the top level. */
export async function told(expression: string, before = '', store?: KeyValueReader): Promise<unknown> {
  const request = `${before} async function handler(event) { const value = ${expression};
    return { statusCode: 200, headers: {}, body: JSON.stringify(value === undefined ? null : value) }; }`;
  const result = await functionsOf({ request }, store ? { store } : {}).onRequest(viewer);
  if (!('answer' in result)) throw new Error('no answer');
  return JSON.parse(String(result.answer.body));
}

/** The error that caused the failure of a function. */
export async function reasonOf(t: Test, request: string): Promise<unknown> {
  try {
    await functionsOf({ request }).onRequest(viewer);
  } catch (error) {
    return error instanceof Error ? error.cause : undefined;
  }
  return t.fail('it did not fail');
}
