import type { PassedRequest } from '../functions/function-result.ts';
import type { Origin, OriginAnswer } from '../origin/origin.ts';
import type { CacheBehavior } from '../template/cache-behavior.ts';
import { type Answer, dropBody, type HeaderFields, header, htmlRefusal, Refusal } from '../viewer/answer.ts';
import { type Cache, type CachedAnswer, isFresh } from './cache.ts';
import { type CacheKey, cacheKeyOf } from './cache-key.ts';
import { answerConditions, singleRange, toldBy304 } from './conditions.ts';
import { keepsAnything, ttlSeconds } from './freshness.ts';

/** Larger objects are streamed from the origin, and never kept. */
export const MAX_OBJECT_BYTES = 8 * 1_024 * 1_024;

type CacheState = 'Hit' | 'Miss' | 'RefreshHit' | 'Error';

/** What the first of several requests for one key learned; undefined where the others have to ask for themselves. */
type Landing = { answer: CachedAnswer; isStale: boolean } | undefined;

export interface ObjectsOptions {
  /** Sets the keys of one behavior apart from those of the others, which share the cache. */
  keyPrefix: string;
  cache: Cache;
  origin: Origin;
  /** Seconds that an error is kept at least, by status. */
  errorTtlSeconds: ReadonlyMap<number, number>;
  now: () => number;
}

/**
 * The fifth room: gives the object that a function's request names, from the cache or the origin. A hit is given at
 * once, without a promise.
 */
export function createObjects(
  { cachePolicy }: Pick<CacheBehavior, 'cachePolicy'>,
  { keyPrefix, cache, origin, errorTtlSeconds, now }: ObjectsOptions,
): (method: string, passed: PassedRequest) => Answer | Promise<Answer> {
  const flights = new Map<string, Promise<Landing>>();
  const isCollapsed = keepsAnything(cachePolicy);

  return (method, passed) => {
    const asked = cacheKeyOf(cachePolicy, keyPrefix, passed);
    const cached = cache.get(asked.key);
    if (cached && isFresh(cached, now())) {
      return answerConditions(fromCache(cached, cached.status < 400 ? 'Hit' : 'Error'), passed.headers);
    }
    const range = singleRange(passed.headers);
    if (method !== 'GET' || (range !== undefined && !cached)) return passRequestOn(method, asked, passed);
    return whole(asked, cached).then((answer) => {
      // What was small when it was kept is not any more: its part is asked for.
      if (range !== undefined && answer.status === 200 && !Buffer.isBuffer(answer.body)) {
        dropBody(answer);
        return passRequestOn(method, asked, passed);
      }
      return {
        ...answerConditions(answer, passed.headers),
        ...(answer.originStatus === undefined ? {} : { originStatus: answer.originStatus }),
      };
    });
  };

  async function passRequestOn(
    method: string,
    { uri, query, headers }: CacheKey,
    passed: PassedRequest,
  ): Promise<Answer> {
    const names = ['if-range', 'if-none-match', 'if-modified-since'];
    const range = singleRange(passed.headers);
    const conditions = { ...pick(passed.headers, names), ...(range === undefined ? {} : { range }) };
    return passOn(await origin.ask(method, uri, query, { ...headers, ...conditions }));
  }

  /** Simultaneous requests for one key become one request to the origin (DG: request collapsing). */
  async function whole(asked: CacheKey, cached: CachedAnswer | undefined): Promise<Answer> {
    if (!isCollapsed) return fetchWhole(asked, undefined, () => {});
    const cameAtMs = now();
    const flight = flights.get(asked.key);
    if (flight) {
      const landing = await flight;
      // No older than what the cache would have given when this request came.
      const isShared = landing && (landing.isStale || isFresh(landing.answer, cameAtMs));
      if (isShared) return fromCache(landing.answer, landing.answer.status < 400 ? 'Hit' : 'Error');
      return fetchWhole(asked, cached, () => {});
    }
    let land: (landing: Landing) => void = () => {};
    const started = new Promise<Landing>((resolve) => {
      land = (landing) => {
        if (flights.get(asked.key) === started) flights.delete(asked.key);
        resolve(landing);
      };
    });
    flights.set(asked.key, started);
    try {
      return await fetchWhole(asked, cached, land);
    } finally {
      land(undefined);
    }
  }

  async function fetchWhole(
    asked: CacheKey,
    cached: CachedAnswer | undefined,
    land: (landing: Landing) => void,
  ): Promise<Answer> {
    const { key, uri, query, headers } = asked;
    const askedAtMs = now();
    const usable = cached && cached.status < 400 ? cached : undefined;
    const stale = (answer: CachedAnswer, originStatus?: number) => {
      land({ answer, isStale: true });
      return { ...fromCache(answer, 'Hit'), ...(originStatus === undefined ? {} : { originStatus }) };
    };
    let given: OriginAnswer;
    try {
      given = await origin.ask('GET', uri, query, { ...headers, ...validatorOf(usable) });
    } catch (error) {
      if (usable && error instanceof Refusal && error.answer.status >= 500) return stale(usable);
      throw error;
    }
    if (usable && given.status === 304) {
      given.body.resume();
      const kept = keep(asked, refreshed(usable, given.headers, askedAtMs), land);
      return { ...fromCache(kept, 'RefreshHit'), originStatus: given.status };
    }
    if (usable && given.status >= 500) {
      given.body.destroy();
      return stale(usable, given.status);
    }
    const kept = { status: given.status, headers: given.headers, storedAtMs: askedAtMs };
    const ttl = ttlSeconds(cachePolicy, errorTtlSeconds, kept, askedAtMs);
    // S3 sends its errors without a length; they are short.
    const unknown = given.status >= 400 ? 0 : Number.NaN;
    const length = Number(header(given.headers, 'content-length') ?? unknown);
    if (ttl === 0 || !(length <= MAX_OBJECT_BYTES)) {
      if ((cache.get(key)?.storedAtMs ?? 0) <= askedAtMs) cache.delete(key);
      return passOn(given);
    }
    const body = await wholeBody(given);
    keep(asked, { ...kept, body, ttlSeconds: ttl }, land);
    return { ...passOn(given), body };
  }

  function refreshed(cached: CachedAnswer, told: HeaderFields, askedAtMs: number): CachedAnswer {
    const headers: HeaderFields = new Map(cached.headers);
    for (const [name, values] of told) {
      if (!name.startsWith('content-')) headers.set(name, values);
    }
    const ttl = ttlSeconds(cachePolicy, errorTtlSeconds, { status: cached.status, headers }, askedAtMs);
    return { ...cached, headers, storedAtMs: askedAtMs, ttlSeconds: ttl };
  }

  /** An answer to an earlier question never takes the place of an answer to a later one. */
  function keep({ key }: CacheKey, answer: CachedAnswer, land: (landing: Landing) => void): CachedAnswer {
    if ((cache.get(key)?.storedAtMs ?? 0) <= answer.storedAtMs) cache.set(key, answer);
    land({ answer, isStale: false });
    return answer;
  }

  function fromCache(cached: CachedAnswer, state: CacheState): Answer {
    const headers = withState(cached.headers, state);
    if (state === 'Hit') headers.set('age', [String(Math.floor((now() - cached.storedAtMs) / 1_000))]);
    return { status: cached.status, headers, body: cached.body };
  }
}

/** What lets the origin say that nothing changed. */
function validatorOf(cached: CachedAnswer | undefined): Record<string, string> {
  const etag = cached && header(cached.headers, 'etag');
  if (etag !== undefined) return { 'if-none-match': etag };
  const modified = cached && header(cached.headers, 'last-modified');
  return modified === undefined ? {} : { 'if-modified-since': modified };
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
