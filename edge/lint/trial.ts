import {
  createEdgeFunctions,
  type EdgeFunctions,
  type EdgeFunctionsOptions,
} from '@cloudfront-cookie-gateway/local-cloudfront/functions/edge-functions';
import type { EdgeFunctionSource } from '@cloudfront-cookie-gateway/local-cloudfront/template/functions';
import type { HeaderFields } from '@cloudfront-cookie-gateway/local-cloudfront/viewer/answer';
import type { ViewerRequest } from '@cloudfront-cookie-gateway/local-cloudfront/viewer/viewer-request';

/** Functions with empty stores. @throws Error if the code cannot be loaded */
export function loaded(functions: EdgeFunctionsOptions['functions']): EdgeFunctions {
  return createEdgeFunctions({ id: 'EDFDVBD6EXAMPLE', functions, keyValueStores: {}, now: Date.now });
}

export interface Asked {
  rawPath: string;
  /** The folder that the asking person's policy opens. */
  folder: string;
  rawQuery?: string;
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
}

export interface Trial {
  /** The URI that the function hands on. Undefined if it refuses, fails, or answers by itself. */
  uriOf(asked: Asked): Promise<string | undefined>;
  /** True if every request has failed, and there were enough of them. The function then gets no more requests. */
  isBroken(): boolean;
}

/**
 * The number of failures that is enough, if nothing succeeds. A function that runs into its time limit takes half a
 * second for each.
 */
const MAX_FAILURES = 20;

/** @returns undefined if the code cannot be loaded */
export function createTrial(source: EdgeFunctionSource | undefined, host: string): Trial | undefined {
  let failures = 0;
  let ends = 0;
  const isBroken = () => failures >= MAX_FAILURES && ends === 0;
  let functions: EdgeFunctions;
  try {
    functions = loaded(source ? { viewerRequest: source } : {});
  } catch {
    return undefined;
  }
  return {
    isBroken,
    async uriOf(asked) {
      if (isBroken()) return undefined;
      try {
        const passed = await functions.onRequest(viewerOf(asked, host));
        ends++;
        return 'answer' in passed || passed.originId ? undefined : passed.uri;
      } catch {
        failures++;
        return undefined;
      }
    },
  };
}

export function viewerOf(
  { rawPath, folder, rawQuery, headers = {}, cookies = {} }: Asked,
  host: string,
): ViewerRequest {
  const fields: HeaderFields = new Map(
    Object.entries({ host, ...headers }).map(([name, value]) => [name, [value]]),
  );
  const cookie = Object.entries({ ...signedCookies(host, folder), ...cookies })
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  fields.set('cookie', [cookie]);
  return {
    id: 'lint',
    method: 'GET',
    origin: `https://${host}`,
    rawPath,
    rawQuery,
    headers: fields,
    ipAddress: '192.0.2.1',
    port: 50_000,
  };
}

/**
 * The cookies of a policy for the folder of the person who asks. The signature is made up: CloudFront has checked it
 * before a function runs.
 */
function signedCookies(host: string, folder: string): Record<string, string> {
  const now = Math.floor(Date.now() / 1_000);
  const times = {
    DateLessThan: { 'AWS:EpochTime': now + 900 },
    DateGreaterThan: { 'AWS:EpochTime': now - 900 },
  };
  const policy = { Statement: [{ Resource: `https://${host}${folder}*`, Condition: times }] };
  return {
    'CloudFront-Policy': spelled(JSON.stringify(policy)),
    'CloudFront-Signature': spelled('of a trial'),
    'CloudFront-Key-Pair-Id': 'K2JCJMDEHXQW5F',
  };
}

function spelled(text: string): string {
  const base64 = Buffer.from(text).toString('base64');
  return base64.replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

/** Decodes once, as S3 does. */
export function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
