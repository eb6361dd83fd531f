import { createEdgeFunctions } from '../functions/edge-functions.ts';
import type { EdgeFunctionSource } from '../template/functions.ts';
import type { HeaderFields } from '../viewer/answer.ts';
import type { ViewerRequest } from '../viewer/viewer-request.ts';

/** Who asks in a trial, and for whose files. Names of folders that any function would take for a user's id. */
export const OWN = 'a'.repeat(26);
export const FOREIGN = 'b'.repeat(26);

export interface Asked {
  rawPath: string;
  rawQuery?: string;
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
}

export interface Trial {
  /** The URI that the function hands on; undefined where it refuses, fails, or answers by itself. */
  uriOf(asked: Asked): Promise<string | undefined>;
}

/** @returns undefined where the code cannot be loaded */
export function createTrial(source: EdgeFunctionSource | undefined, host: string): Trial | undefined {
  if (!source) return { uriOf: ({ rawPath }) => Promise.resolve(rawPath) };
  try {
    const functions = createEdgeFunctions({
      ...{ id: 'EDFDVBD6EXAMPLE', functions: { viewerRequest: source }, keyValueStores: {}, now: Date.now },
    });
    return {
      async uriOf(asked) {
        try {
          const passed = await functions.onRequest(viewerOf(asked, host));
          return 'answer' in passed || passed.originChange ? undefined : passed.uri;
        } catch {
          return undefined;
        }
      },
    };
  } catch {
    return undefined;
  }
}

export function viewerOf(
  { rawPath, rawQuery, headers = {}, cookies = {} }: Asked,
  host: string,
): ViewerRequest {
  const fields: HeaderFields = new Map(
    Object.entries({ host, ...headers }).map(([name, value]) => [name, [value]]),
  );
  const cookie = Object.entries({ ...signedCookies(host, rawPath), ...cookies })
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
  fields.set('cookie', [cookie]);
  return {
    ...{ id: 'lint', method: 'GET', origin: `https://${host}`, rawPath, rawQuery, headers: fields },
    ...{ ipAddress: '192.0.2.1', port: 50_000 },
  };
}

/** Of a policy for the own folder. CloudFront has checked the signature by the time that a function runs. */
function signedCookies(host: string, rawPath: string): Record<string, string> {
  const end = rawPath.indexOf(OWN) + OWN.length;
  const folder = end < OWN.length ? '/' : `${rawPath.slice(0, end)}/`;
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

/** As S3 does: once. */
export function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
