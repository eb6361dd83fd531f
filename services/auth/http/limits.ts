import { type ErrorCode, GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hashToken } from '../domain/secret-token.ts';
import type { Deps } from './context.ts';
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
interface Limit {
  /** All requests of an address. Nothing tells the request of a person from that of a stranger. */
  requests?: number;
  /**
   * Refusals of an address to requests without a session. Further refusals are 429. What is not refused goes on, since
   * many people may share an address.
   */
  refusals?: number;
  /** The same, but further requests are refused before they cost anything. */
  refusalsThatBlock?: number;
  /** Requests of a user, or of an address without a session. The other checks of a request come first. */
  ofUser?: number;
}

/** Each of these costs calls of S3. */
const FILE_OPERATIONS = [
  ...['list_files', 'usage', 'list_shares', 'create_upload', 'create_thumbnail', 'read_upload'],
  ...['presign_parts', 'complete_upload', 'abort_upload', 'delete_file', 'create_share', 'delete_share'],
  ...['move_file', 'copy_file', 'read_move', 'delete_files', 'make_folder', 'describe_file'],
  ...['list_trash', 'restore_files', 'empty_trash', 'list_versions', 'restore_version'],
];

/** Each of these reads items of teams. A list of teams reads up to 50. */
const TEAM_READS = ['list_teams', 'read_team', 'list_invitations', 'list_links'];
/** A renewal of the cookies of a team. One of the user's own has no limit. A browser renews six teams at once. */
export const OPEN_TEAM = 'open_team';
/** Each of these writes the item of a team, and some of them what the edge must know. */
const TEAM_CHANGES = [
  ...['make_team', 'rename_team', 'delete_team', 'invite', 'end_invitation', 'accept_invitation'],
  ...['change_role', 'remove_member', 'make_link', 'change_link', 'end_link'],
];

/** The limits by operation, or by the code of a refusal. Each operation that is not here has `OTHERS`. */
const LIMITS: Record<string, Limit> = {
  login: { requests: 10 },
  // A stranger's callback with a login that began here costs a write, and a question to the provider.
  callback: { refusalsThatBlock: 1 },
  // An ID token that is refused costs a signature, and the next one with an unknown key a question to the provider.
  token: { refusalsThatBlock: 1 },
  // A callback without such a login costs nothing. Any web page makes a browser send it, so it keeps nobody out.
  login_cookie_missing: { refusals: 1 },
  not_found: { refusals: 1 },
  // The same goes for every request of a page that is not the app's. It is refused before it costs anything.
  cross_origin: { refusals: 10 },
  // Each guess of a stranger costs a read of a team.
  open_link: { refusalsThatBlock: 10 },
  // Each opening costs a read, a list of S3 and a signature.
  open_share: { ofUser: 1 },
  ...ofUser(10, [
    ...FILE_OPERATIONS,
    ...FILE_OPERATIONS.flatMap((each) => [operationAt('team', each), operationAt('link', each)]),
    ...TEAM_READS,
    ...[OPEN_TEAM, 'refresh_link'],
  ]),
  ...ofUser(1, TEAM_CHANGES),
};
const OTHERS: Limit & { refusals: number } = { refusals: 10 };

function ofUser(times: number, operations: string[]): Record<string, Limit> {
  return Object.fromEntries(operations.map((operation) => [operation, { ofUser: times }]));
}

/** Look-ups that found nothing, of one token. Only tokens that were issued are looked up. */
const FRUITLESS_LOOK_UPS = 1;

/** The same operations on files are there in teams, and for browsers that have opened a link. */
const ELSEWHERE = { team: 'In a team', link: 'By a link' };

function operationAt(place: keyof typeof ELSEWHERE, operation: string): string {
  return `${place}_${operation}`;
}

/** Gives the operations of a scope their names at such a place. */
export function nameOperations(scope: FastifyInstance, place: keyof typeof ELSEWHERE): void {
  scope.addHook('onRoute', (route) => {
    const { operation = '', summary, ...config } = route.config ?? {};
    const named = { operation: operationAt(place, operation), summary: `${ELSEWHERE[place]}: ${summary}` };
    route.config = { ...config, ...named };
  });
}

declare module 'fastify' {
  interface FastifyInstance {
    requestLimits: RequestLimits;
  }
}

/** All methods throw GatewayError too_many_requests above a limit, and set `Retry-After` then. */
interface RequestLimits {
  /**
   * Counts a request of a user, or of whoever counts as one.
   * @param operation the route's own if it is left out
   */
  countOfUser(request: FastifyRequest, reply: FastifyReply, who: string, operation?: string): Promise<void>;
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
  { config, limits, webDirectory }: Pick<Deps, 'config' | 'limits' | 'webDirectory'>,
): Promise<void> {
  limitTime(app, limits.answerMs);
  await app.register(rateLimit, { global: false, timeWindow: 60_000 });
  const counters = createCounters(app, config.rateLimitPerMinute);
  app.addHook('onRequest', async (request, reply) => {
    const operation = operationOf(request);
    const { requests, refusalsThatBlock } = LIMITS[operation] ?? OTHERS;
    if (requests) await counters.count(request, reply, { name: operation, times: requests });
    if (refusalsThatBlock)
      await counters.check(request, reply, { name: operation, times: refusalsThatBlock });
  });
  app.setNotFoundHandler(async (request, reply) => {
    // The page's scripts may handle an address that has no route here.
    const isForPage = config.webDirectory !== undefined && isNavigation(request) && isOfPage(request);
    if (!isForPage) throw new GatewayError('not_found');
    return sendPageFile(request, reply, webDirectory, INDEX);
  });
  app.decorate('requestLimits', {
    async countOfUser(request, reply, who, operation = operationOf(request)) {
      const { ofUser } = LIMITS[operation] ?? OTHERS;
      if (ofUser)
        await counters.count(request, reply, { name: `${operation} of a user`, times: ofUser, key: who });
    },
    async countRefusal(request, reply, code) {
      const name = code !== undefined && code in LIMITS ? code : operationOf(request);
      const { refusals, refusalsThatBlock } = LIMITS[name] ?? OTHERS;
      const times = refusals ?? refusalsThatBlock ?? OTHERS.refusals;
      await counters.count(request, reply, { name, times });
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
  const keys = new WeakMap<FastifyRequest, string>();

  async function ask(request: FastifyRequest, { name, times, key }: Counted, increment: boolean) {
    const keyed =
      key === undefined ? {} : { keyGenerator: (asking: FastifyRequest) => keys.get(asking) ?? '' };
    const counter = counters.get(name) ?? app.createRateLimit({ max: perMinute * times, ...keyed });
    counters.set(name, counter);
    if (key !== undefined) keys.set(request, key);
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

function operationOf(request: FastifyRequest): string {
  return request.routeOptions.config.operation ?? 'not_found';
}
