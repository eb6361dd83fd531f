import { Readable } from 'node:stream';
import type { PassedRequest } from '../functions/function-result.ts';
import type { Origin, OriginAnswer, OriginRequest } from '../origin/origin.ts';
import type { CacheBehavior } from '../template/distribution.ts';
import { type Answer, dropBody, type HeaderFields, header, htmlRefusal, Refusal } from '../viewer/answer.ts';
import { answerConditions, singleRange, toldBy304 } from '../viewer/conditions.ts';
import type { ViewerRequest } from '../viewer/viewer-request.ts';
import { type Cache, type CachedAnswer, isFresh, ttlSeconds } from './cache.ts';
import { type CacheKey, cacheKeyOf, forOrigin } from './cache-key.ts';
import { compressed } from './compress.ts';

/** One request on its way: the key, the viewer's request, and the function's request. */
interface Asked extends CacheKey {
  viewer: ViewerRequest;
  passed: PassedRequest;
}

export interface ObjectsOptions {
  /** Keeps the keys of this behavior apart from the keys of the others, which share the cache. */
  keyPrefix: string;
  cache: Cache;
  /** The origin of a request. A function may have changed it. */
  originOf: (passed: PassedRequest) => Origin;
  /** The shortest time, in seconds, that an error is kept, by status. */
  errorTtlSeconds: ReadonlyMap<number, number>;
  /** Whether cookies reach the origin. */
  forwardsCookies: boolean;
  now: () => number;
}

type Policies = Pick<CacheBehavior, 'cachePolicy' | 'originRequestPolicy' | 'isCompressed'>;

/** What one behavior's requests share. */
type Scope = Policies & ObjectsOptions;

/** The fifth step: the object that a function's request names, from the cache or the origin. A hit needs no promise. */
export function createObjects(
  behavior: Policies,
  options: ObjectsOptions,
): (viewer: ViewerRequest, passed: PassedRequest) => Answer | Promise<Answer> {
  const scope: Scope = { ...behavior, ...options };
  return (viewer, passed) => find(scope, viewer, passed);
}

function find(scope: Scope, viewer: ViewerRequest, passed: PassedRequest): Answer | Promise<Answer> {
  const { keyPrefix, cachePolicy, cache, now } = scope;
  const { method } = viewer;
  const asked: Asked = { ...cacheKeyOf(cachePolicy, keyPrefix, passed), viewer, passed };
  if (method !== 'GET' && method !== 'HEAD') return passRequestOn(scope, asked);
  const cached = cache.get(asked.key);
  if (cached && isFresh(cached, now())) {
    const state = cached.status < 400 ? 'Hit' : 'Error';
    return answerConditions(fromCache(cached, state, now()), passed.headers, true);
  }
  const range = singleRange(passed.headers);
  if (method === 'HEAD' || (range !== undefined && !cached)) return passRequestOn(scope, asked);
  return fetchWhole(scope, asked, cached).then((answer) => {
    // The kept object has expired, and the new one comes as a stream. So the origin is asked for the range alone.
    if (range !== undefined && answer.status === 200 && !Buffer.isBuffer(answer.body)) {
      dropBody(answer);
      return passRequestOn(scope, asked);
    }
    return { ...answerConditions(answer, passed.headers), originStatus: answer.originStatus };
  });
}

async function ask(scope: Scope, asked: Asked, more: Record<string, string>): Promise<OriginAnswer> {
  const { viewer, passed, uri } = asked;
  const { method } = viewer;
  const origin = scope.originOf(passed);
  const { query, headers } = forOrigin(scope, asked, passed, { method, isS3: origin.isS3 });
  const request: OriginRequest = { method, uri, query, headers: { ...headers, ...more }, viewer };
  const given = await origin.ask(request);
  // A behavior that takes no cookies to the origin returns none to the viewer (DG: cookies).
  if (!scope.forwardsCookies) given.headers.delete('set-cookie');
  // A policy that takes no encodings compresses nothing, even if it names the header (API: ParametersInCacheKey…).
  const isCompressed = scope.isCompressed && scope.cachePolicy.acceptEncodings.length > 0;
  return isCompressed && method === 'GET' ? compressed(given, headers['accept-encoding']) : given;
}

async function passRequestOn(scope: Scope, asked: Asked): Promise<Answer> {
  const names = ['if-range', 'if-none-match', 'if-modified-since'];
  const { headers } = asked.passed;
  const range = singleRange(headers);
  const more = { ...pick(headers, names), ...(range === undefined ? {} : { range }) };
  return passOn(await ask(scope, asked, more));
}

async function fetchWhole(scope: Scope, asked: Asked, cached: CachedAnswer | undefined): Promise<Answer> {
  const askedAtMs = scope.now();
  const usable = cached && cached.status < 400 ? cached : undefined;
  let given: OriginAnswer;
  try {
    given = await ask(scope, asked, validatorOf(usable));
  } catch (error) {
    if (usable && error instanceof Refusal && error.answer.status >= 500)
      return fromCache(usable, 'Hit', scope.now());
    throw error;
  }
  if (usable && given.status === 304) {
    given.body.resume();
    const headers = refreshedHeaders(usable, given.headers);
    const ttlSeconds = ttlOf(scope, { status: usable.status, headers }, askedAtMs);
    const kept = { ...usable, headers, storedAtMs: askedAtMs, ttlSeconds };
    keep(scope, asked, kept);
    return { ...fromCache(kept, 'RefreshHit', scope.now()), originStatus: given.status };
  }
  if (usable && given.status >= 500) {
    given.body.destroy();
    return { ...fromCache(usable, 'Hit', scope.now()), originStatus: given.status };
  }
  return keepOrPassOn(scope, asked, given, askedAtMs);
}

async function keepOrPassOn(
  scope: Scope,
  asked: Asked,
  given: OriginAnswer,
  askedAtMs: number,
): Promise<Answer> {
  const { cache } = scope;
  const kept = { status: given.status, headers: given.headers, storedAtMs: askedAtMs };
  const ttl = ttlOf(scope, kept, askedAtMs);
  // S3 sends its errors without a length; they are short.
  const unknown = given.status >= 400 ? 0 : Number.NaN;
  const length = Number(header(given.headers, 'content-length') ?? unknown);
  if (ttl === 0 || length > MAX_OBJECT_BYTES) {
    if ((cache.get(asked.key)?.storedAtMs ?? 0) <= askedAtMs) cache.delete(asked.key);
    return passOn(given);
  }
  const put = (body: Buffer) => keep(scope, asked, { ...kept, body, ttlSeconds: ttl });
  // The length is unknown: the answer goes out as it comes, and is kept once it is whole.
  if (Number.isNaN(length)) return { ...passOn(given), body: collected(given.body, put) };
  const body = await wholeBody(given);
  put(body);
  return { ...passOn(given), body };
}

function ttlOf(
  { cachePolicy, errorTtlSeconds }: Scope,
  answer: { status: number; headers: HeaderFields },
  nowMs: number,
): number {
  return ttlSeconds(cachePolicy, errorTtlSeconds, answer, nowMs);
}

/** An answer to an earlier request never replaces an answer to a later request. */
function keep({ cache }: Scope, { key }: Asked, answer: CachedAnswer): void {
  if ((cache.get(key)?.storedAtMs ?? 0) <= answer.storedAtMs) cache.set(key, answer);
}

function fromCache(cached: CachedAnswer, state: 'Hit' | 'RefreshHit' | 'Error', nowMs: number): Answer {
  const headers = withState(cached.headers, state);
  if (state === 'Hit') headers.set('age', [String(Math.floor((nowMs - cached.storedAtMs) / 1_000))]);
  return { status: cached.status, headers, body: cached.body };
}

/** Larger objects are streamed from the origin, and never kept. */
const MAX_OBJECT_BYTES = 8 * 1_024 * 1_024;

type CacheState = 'Hit' | 'Miss' | 'RefreshHit' | 'Error';

/** The header by which the origin can say that nothing changed. */
function validatorOf(cached: CachedAnswer | undefined): Record<string, string> {
  const etag = cached && header(cached.headers, 'etag');
  if (etag !== undefined) return { 'if-none-match': etag };
  const modified = cached && header(cached.headers, 'last-modified');
  return modified === undefined ? {} : { 'if-modified-since': modified };
}

/**
 * The headers of an object that has not changed: the origin's newest ones, except those that describe the kept bytes.
 */
function refreshedHeaders(cached: CachedAnswer, told: HeaderFields): HeaderFields {
  const headers: HeaderFields = new Map(cached.headers);
  const isEncoded = headers.has('content-encoding');
  for (const [name, values] of told) {
    if (!name.startsWith('content-') && !(isEncoded && ['etag', 'vary'].includes(name)))
      headers.set(name, values);
  }
  return headers;
}

async function wholeBody({ body }: OriginAnswer): Promise<Buffer> {
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
function collected(body: Readable, put: (whole: Buffer) => void): Readable {
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

function passOn({ status, statusText, headers, body }: OriginAnswer): Answer {
  const told = status === 304 ? toldBy304(headers) : headers;
  const state = status < 400 ? 'Miss' : 'Error';
  return { status, statusText, headers: withState(told, state), body, originStatus: status };
}

function withState(headers: HeaderFields, state: CacheState): HeaderFields {
  return new Map(headers).set('x-cache', [`${state} from cloudfront`]);
}

function pick(headers: HeaderFields, names: string[]): Record<string, string> {
  const present = names.map((name): [string, string | undefined] => [name, header(headers, name)]);
  return Object.fromEntries(present.filter((pair): pair is [string, string] => pair[1] !== undefined));
}
