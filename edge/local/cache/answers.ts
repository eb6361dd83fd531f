import { Readable } from 'node:stream';
import type { OriginAnswer } from '../origin/origin.ts';
import { type Answer, type HeaderFields, header, htmlRefusal } from '../viewer/answer.ts';
import type { CachedAnswer } from './cache.ts';
import { toldBy304 } from './conditions.ts';

/** Larger objects are streamed from the origin, and never kept. */
export const MAX_OBJECT_BYTES = 8 * 1_024 * 1_024;

type CacheState = 'Hit' | 'Miss' | 'RefreshHit' | 'Error';

/** The header by which the origin can say that nothing changed. */
export function validatorOf(cached: CachedAnswer | undefined): Record<string, string> {
  const etag = cached && header(cached.headers, 'etag');
  if (etag !== undefined) return { 'if-none-match': etag };
  const modified = cached && header(cached.headers, 'last-modified');
  return modified === undefined ? {} : { 'if-modified-since': modified };
}

/**
 * The headers of an object that has not changed: the origin's newest ones, except those that describe the kept bytes.
 */
export function refreshedHeaders(cached: CachedAnswer, told: HeaderFields): HeaderFields {
  const headers: HeaderFields = new Map(cached.headers);
  const isEncoded = headers.has('content-encoding');
  for (const [name, values] of told) {
    if (!name.startsWith('content-') && !(isEncoded && /^(?:etag|vary)$/.test(name)))
      headers.set(name, values);
  }
  return headers;
}

export async function wholeBody({ body }: OriginAnswer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > MAX_OBJECT_BYTES) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw htmlRefusal(502, 'The origin closed the connection in the middle of an object.', error);
  }
  if (bytes > MAX_OBJECT_BYTES) throw htmlRefusal(502, 'The origin sent an error that is too long to keep.');
  return Buffer.concat(chunks);
}

/**
 * Passes the bytes of a body on. `put` gets the whole body at the end, unless it is too large to keep, or breaks off.
 */
export function collected(body: Readable, put: (whole: Buffer) => void): Readable {
  async function* bytes(): AsyncGenerator<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body) {
      length += chunk.length;
      if (length <= MAX_OBJECT_BYTES) chunks.push(chunk);
      yield chunk;
    }
    if (length <= MAX_OBJECT_BYTES) put(Buffer.concat(chunks));
  }
  return Readable.from(bytes(), { objectMode: false });
}

export function passOn({ status, statusText, headers, body }: OriginAnswer): Answer {
  const told = status === 304 ? toldBy304(headers) : headers;
  const state = status < 400 ? 'Miss' : 'Error';
  return { status, statusText, headers: withState(told, state), body, originStatus: status };
}

export function withState(headers: HeaderFields, state: CacheState): HeaderFields {
  return new Map(headers).set('x-cache', [`${state} from cloudfront`]);
}

export function pick(headers: HeaderFields, names: string[]): Record<string, string> {
  const present = names.map((name): [string, string | undefined] => [name, header(headers, name)]);
  return Object.fromEntries(present.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
