import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hashToken } from '../sessions/secret-token.ts';
import type { Deps } from '../wiring/deps.ts';
import { INDEX, isNavigation, isOfPage, sendPageFile } from './page.ts';

/** The sizes (bytes) and times (milliseconds) that a request may take, here and in the process that listens. */
export const SERVER_LIMITS = {
  bodyLimit: 64 * 1_024,
  connectionTimeout: 15_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 72_000,
  http: { maxHeaderSize: 16 * 1_024, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
};

/**
 * An answer begins within this time. A slow connection may take longer for the rest of a file. Fastify's own
 * `handlerTimeout` ends with the request's body, so it would not limit a request that has one.
 */
function limitTime(app: FastifyInstance, answerMs: number): void {
  app.addHook('onRequest', async (_request, reply) => {
    const timer = setTimeout(() => {
      if (!reply.raw.headersSent) reply.send(new GatewayError('timed_out'));
    }, answerMs);
    reply.raw.once('close', () => clearTimeout(timer));
  });
}

/**
 * How often a minute, in times of `RATE_LIMIT_PER_MINUTE`. Every process counts for itself; on Lambda, every instance
 * does.
 */
export interface Limit {
  /** All requests of an address. Nothing tells the request of a person from that of a stranger. */
  requests?: number;
  /**
   * Refusals of an address to requests without a session. Further requests are refused before they cost anything. Without
   * it, only further refusals are 429, since many people may share an address.
   */
  refusalsThatBlock?: number;
  /** Requests of a user, or of an address without a session. The other checks of a request come first. */
  ofUser?: number;
}

/**
 * The limits by the code of a refusal. A callback without a login that began here costs nothing, and any web page makes a
 * browser send it, so it keeps nobody out. The same goes for every request of a page that is not the app's.
 */
const OF_REFUSALS: Record<string, number> = { login_cookie_missing: 1, not_found: 1, cross_origin: 10 };
const USUAL_REFUSALS = 10;
/** A renewal of the cookies of a team. One of the user's own has no limit. A browser renews six teams at once. */
export const OPEN_TEAM = { operation: 'open_team', limit: { ofUser: 10 } };

/** Look-ups that found nothing, of one token. Only tokens that were issued are looked up. */
const FRUITLESS_LOOK_UPS = 1;

declare module 'fastify' {
  interface FastifyInstance {
    requestLimits: RequestLimits;
  }
}

/** All methods throw GatewayError too_many_requests above a limit, and set `Retry-After` then. */
interface RequestLimits {
  /**
   * Counts a request of a user, or of whoever counts as one.
   * @param of the route's own if it is left out
   */
  countOfUser(
    request: FastifyRequest,
    reply: FastifyReply,
    who: string,
    of?: { operation?: string; limit?: Limit | undefined },
  ): Promise<void>;
  /** Counts a request that was refused, or found nothing, without a session. */
  countRefusal(request: FastifyRequest, reply: FastifyReply, code?: ErrorCode): Promise<void>;
  /**
   * Looks up what a token leads to. A token that has led to nothing too often is not looked up, and no other token is
   * refused for it.
   */
  lookUp<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    token: string | undefined,
    find: () => Promise<T | undefined>,
  ): Promise<T | undefined>;
}

/** Limits the time of an answer, and requests by address, user and token. */
export async function limitRequests(
  app: FastifyInstance,
  { config, limits, webDirectory }: Deps,
): Promise<void> {
  limitTime(app, limits.answerMs);
  await app.register(rateLimit, { global: false, timeWindow: 60_000 });
  const counters = createCounters(app, config.rateLimitPerMinute);
  app.addHook('onRequest', async (request, reply) => {
    const { operation: name = '', limit } = request.routeOptions.config;
    if (limit?.requests) await counters.count(request, reply, { name, times: limit.requests });
    if (limit?.refusalsThatBlock)
      await counters.check(request, reply, { name, times: limit.refusalsThatBlock });
  });
  app.setNotFoundHandler(async (request, reply) => {
    // The page's scripts may handle an address that has no route here.
    const isForPage = config.webDirectory !== undefined && isNavigation(request) && isOfPage(request);
    if (!isForPage) throw new GatewayError('not_found');
    return sendPageFile(request, reply, webDirectory, INDEX);
  });
  app.decorate('requestLimits', {
    async countOfUser(request, reply, key, { operation, limit } = request.routeOptions.config) {
      if (limit?.ofUser)
        await counters.count(request, reply, { name: `${operation} of a user`, times: limit.ofUser, key });
    },
    async countRefusal(request, reply, code = 'internal') {
      const ofCode = OF_REFUSALS[code];
      const { operation = 'not_found', limit } = request.routeOptions.config;
      const times = ofCode ?? limit?.refusalsThatBlock ?? USUAL_REFUSALS;
      await counters.count(request, reply, { name: ofCode === undefined ? operation : code, times });
    },
    async lookUp(request, reply, token, find) {
      if (!token) return find();
      const ofToken = { name: 'look-ups', times: FRUITLESS_LOOK_UPS, key: hashToken(token) };
      await counters.check(request, reply, ofToken);
      const found = await find();
      if (found === undefined) await counters.count(request, reply, ofToken);
      return found;
    },
  });
}

interface Counted {
  name: string;
  /** The limit, in times of `RATE_LIMIT_PER_MINUTE`. */
  times: number;
  /** Who sends the request. Without it, the address counts (IPv6: by /64). */
  key?: string;
}

function createCounters(app: FastifyInstance, perMinute: number) {
  type Counter = ReturnType<typeof app.createRateLimit>;
  const counters = new Map<string, Counter>();
  app.decorateRequest('limitKey', '');

  async function ask(request: FastifyRequest, { name, times, key }: Counted, increment: boolean) {
    const keyed = key !== undefined && {
      keyGenerator: (asking: FastifyRequest) => asking.getDecorator<string>('limitKey'),
    };
    const counter = counters.get(name) ?? app.createRateLimit({ max: perMinute * times, ...keyed });
    counters.set(name, counter);
    request.setDecorator('limitKey', key ?? '');
    const counted = await counter(request, { increment });
    if (counted.isAllowed) throw new Error('nobody is on the list of those who have no limit');
    return counted;
  }

  function refuse(reply: FastifyReply, seconds: number): never {
    reply.header('retry-after', seconds);
    throw new GatewayError('too_many_requests');
  }

  return {
    async count(request: FastifyRequest, reply: FastifyReply, counted: Counted): Promise<void> {
      const { isExceeded, ttlInSeconds } = await ask(request, counted, true);
      if (isExceeded) refuse(reply, ttlInSeconds);
    },
    async check(request: FastifyRequest, reply: FastifyReply, counted: Counted): Promise<void> {
      const { remaining, ttlInSeconds } = await ask(request, counted, false);
      if (remaining === 0) refuse(reply, ttlInSeconds);
    },
  };
}
