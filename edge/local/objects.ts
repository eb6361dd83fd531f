import { buffer } from 'node:stream/consumers';
import { type Answer, type HeaderFields, header, htmlRefusal, Refusal } from './answer.ts';
import { type Cache, type CachedAnswer, isFresh } from './cache.ts';
import { freshSeconds } from './cache-policy.ts';
import { answerConditions, toldBy304 } from './conditions.ts';
import type { Distribution } from './distribution.ts';
import { queryOf } from './function-event.ts';
import type { PassedRequest } from './function-result.ts';
import type { Origin, OriginAnswer } from './origin.ts';

/** Larger objects are streamed from the origin, and never kept. */
export const MAX_OBJECT_BYTES = 8 * 1_024 * 1_024;

type CacheState = 'Hit' | 'Miss' | 'RefreshHit' | 'Error';

/**
 * The fifth room: gives the object that a function's request names, from the cache or the origin. The key is the
 * URI that the function returned with the query that the cache policy names: no header, no cookie, no method.
 */
export function createObjects(
  { cachePolicy, errorTtlSeconds }: Pick<Distribution, 'cachePolicy' | 'errorTtlSeconds'>,
  { cache, origin, now }: { cache: Cache; origin: Origin; now: () => number },
): (method: string, passed: PassedRequest) => Promise<Answer> {
  return async (method, { uri, querystring, headers }) => {
    const query = queryOf(querystring, cachePolicy.queryStrings);
    const key = `${uri}?${query}`;
    const cached = cache.get(key);
    if (cached && isFresh(cached, now())) {
      return answerConditions(fromCache(cached, cached.status < 400 ? 'Hit' : 'Error'), headers);
    }
    const isWhole = method === 'GET' && (cached !== undefined || !headers.has('range'));
    if (!isWhole) {
      const conditions = ['range', 'if-range', 'if-none-match', 'if-modified-since'];
      return passOn(await origin.ask(method, uri, query, pick(headers, conditions)));
    }
    try {
      const whole = await fetchWhole(key, uri, query, cached);
      return { ...answerConditions(whole, headers), originStatus: whole.originStatus };
    } catch (error) {
      const isDown = error instanceof Refusal && error.answer.status >= 500;
      if (isDown && cached && cached.status < 400) return answerConditions(fromCache(cached, 'Hit'), headers);
      throw error;
    }
  };

  async function fetchWhole(key: string, uri: string, query: string, cached?: CachedAnswer): Promise<Answer> {
    const known = cached && cached.status < 400 ? header(cached.headers, 'etag') : undefined;
    const asked = await origin.ask('GET', uri, query, known === undefined ? {} : { 'if-none-match': known });
    if (cached && known !== undefined && asked.status === 304) {
      asked.body.resume();
      const refreshed = { ...cached, storedAtMs: now() };
      cache.set(key, refreshed);
      return { ...fromCache(refreshed, 'RefreshHit'), originStatus: 304 };
    }
    if (asked.status >= 500 && known !== undefined && cached) {
      asked.body.resume();
      return { ...fromCache(cached, 'Hit'), originStatus: asked.status };
    }
    cache.delete(key);
    // S3 sends its errors without a length; they are short.
    const unknown = asked.status >= 400 ? 0 : Number.NaN;
    const length = Number(header(asked.headers, 'content-length') ?? unknown);
    if (!(length <= MAX_OBJECT_BYTES)) return passOn(asked);
    const { status, headers } = asked;
    const kept: CachedAnswer = {
      status,
      headers,
      body: await wholeBody(asked),
      storedAtMs: now(),
      ttlSeconds: 0,
    };
    kept.ttlSeconds =
      status >= 400
        ? (errorTtlSeconds.get(status) ?? 0)
        : freshSeconds(cachePolicy, header(headers, 'cache-control') ?? '');
    if (kept.ttlSeconds > 0 && (status === 200 || status >= 400)) cache.set(key, kept);
    return { ...passOn(asked), body: kept.body };
  }

  function fromCache(cached: CachedAnswer, state: CacheState): Answer {
    const headers = withState(cached.headers, state);
    if (state === 'Hit') headers.set('age', [String(Math.floor((now() - cached.storedAtMs) / 1_000))]);
    return { status: cached.status, headers, body: cached.body };
  }
}

async function wholeBody({ body }: OriginAnswer): Promise<Buffer> {
  try {
    return await buffer(body);
  } catch (error) {
    throw htmlRefusal(502, 'The origin closed the connection in the middle of an object.', error);
  }
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
