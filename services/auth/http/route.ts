import type { ErrorCode } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type * as Type from 'typebox';
import type { Told } from '../edge/teller.ts';
import type { LinkRole } from '../links/link.ts';
import type { Role } from '../teams/membership.ts';
import type { Deps } from '../wiring/deps.ts';
import { type AuditDetails, type AuditEvent, audit } from './audit.ts';
import { type Callers, findCaller, requireSameOrigin } from './guards.ts';
import type { Limit } from './limits.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Names the route in logs, metrics, limits and OpenAPI. */
    operation?: string;
    limit?: Limit | undefined;
    /** Whether an access token stands for the session cookie here. */
    takesBearer?: boolean;
  }
}

/** A route for a folder exists once for each of these. */
const MOUNTS = {
  own: { prefix: '/api', operation: '', words: '' },
  team: { prefix: '/api/teams/:team', operation: 'team_', words: 'In a team: ' },
  link: { prefix: '/api/links/:link', operation: 'link_', words: 'By a link: ' },
};
export type Mount = keyof typeof MOUNTS;

/** What is known of a route without its types. */
interface About {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  operation: string;
  /** One line for OpenAPI. A route without it is left out there. */
  summary?: string;
  /** Who may send the request. The guard finds out before the body is read, and the handler gets what it has found. */
  caller: keyof Callers;
  /** What a person must be in a team at least. */
  role?: Role;
  /** What a link must be for; any link if it is left out. */
  linkRole?: LinkRole;
  /** The route is for teams that people made. It refuses one of the provider whatever the person's role is there. */
  isOfMadeTeams?: true;
  /** For a route for anybody: an access token stands for the session cookie. */
  takesBearer?: true;
  /** Requests come from programs, with a form as their body. Otherwise, a change must come from the app's own page. */
  takesForm?: true;
  /** The codes that only this route answers with. Guards and all operations add others. */
  problems?: readonly ErrorCode[];
  limit?: Limit;
  bodyLimit?: number;
}

type Params<Url> = Url extends `${string}:${infer Name}/${infer Rest}`
  ? Name | Params<Rest>
  : Url extends `${string}:${infer Name}`
    ? Name
    : never;

interface Asked<Url, Query extends Type.TSchema, Body extends Type.TSchema> {
  deps: Deps;
  request: FastifyRequest;
  reply: FastifyReply;
  params: Record<Params<Url>, string>;
  query: Type.Static<Query>;
  body: Type.Static<Body>;
  /** Writes a line of the audit, which also names the caller. */
  audit(event: AuditEvent, details?: AuditDetails): void;
  /**
   * Says whether the edge knows, and how long that took (`Server-Timing`, in milliseconds from the request on). A change
   * that is pending is told later.
   */
  told(edge: Told): void;
}

type Answers = Record<number, Type.TSchema>;
type Answer<Given extends Answers> = {
  [Status in keyof Given & number]: Type.Static<Given[Status]>;
}[keyof Given & number];

interface Spec<
  Caller extends keyof Callers,
  Url extends string,
  Query extends Type.TSchema,
  Body extends Type.TSchema,
  Given extends Answers,
> extends About {
  url: Url;
  caller: Caller;
  params?: Type.TObject;
  query?: Query;
  body?: Body;
  /** By status. The first status is that of an answer, unless the handler sets another one. */
  answers: Given;
  /** @returns the body of the answer, or the reply if the handler has sent it */
  handler(
    asked: Callers[Caller] & Asked<Url, Query, Body>,
  ): Promise<Answer<Given> | FastifyReply | undefined>;
  /** Runs after the guard, before the body is read. */
  beforeBody?(asked: Callers[Caller] & Omit<Asked<Url, Query, Body>, 'body'>): Promise<void>;
  /** @returns what is thrown in place of an error */
  onError?(error: Error, asked: { request: FastifyRequest; reply: FastifyReply; deps: Deps }): Error;
  onSend?(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown>;
}

export interface Route extends About {
  schema: { params?: Type.TObject; querystring?: Type.TSchema; body?: Type.TSchema; response: Answers };
  /** Where the route exists: one mount or several for a route of folders, and undefined for others. */
  mounts: (Mount | undefined)[];
  add(app: FastifyInstance, deps: Deps, mount: Mount | undefined): void;
}

/** A change of a folder: the own one, or that of a team. */
export const BY_EDITOR = { caller: 'folder', role: 'editor' } as const;

/** Describes one route of the app host, with everything that requests, logs, limits and the document need of it. */
export function route<
  Caller extends keyof Callers,
  Url extends string,
  Given extends Answers,
  Query extends Type.TSchema = Type.TUnknown,
  Body extends Type.TSchema = Type.TUnknown,
>(spec: Spec<Caller, Url, Query, Body, Given>): Route {
  const { params, query, body, answers, handler, beforeBody, onError, onSend, ...about } = spec;
  const schema = {
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(body && { body }),
    response: answers,
  };
  const [status] = Object.keys(answers);
  return {
    ...about,
    schema,
    mounts: mountsOf(spec.caller),
    add(app, deps, mount) {
      const { url, operation } = mounted(about, mount);
      const { limit = usualLimit(about), method, bodyLimit } = about;
      const asked = (request: FastifyRequest, reply: FastifyReply) => {
        const caller = request.getDecorator<Callers[Caller]>('caller');
        const note = (event: AuditEvent, details: AuditDetails = {}) =>
          audit(request.log, event, { ...caller.who, ...details });
        const told = (edge: Told) => {
          if (edge === 'told') reply.header('server-timing', `edge;dur=${Math.round(reply.elapsedTime)}`);
          reply.header('gateway-edge', edge);
        };
        return {
          ...caller,
          ...{ deps, request, reply, told, audit: note },
          ...parseChecked<{ params: Record<Params<Url>, string>; query: Type.Static<Query> }>(request),
        };
      };
      app.route({
        method,
        url,
        schema,
        ...(bodyLimit && { bodyLimit }),
        config: { operation, limit, takesBearer: takesBearer(about, mount) },
        onRequest: async (request) => {
          if (isChange(about)) requireSameOrigin(request, deps.config.origins.app);
        },
        preParsing: async (request, reply) => {
          const { params } = parseChecked<{ params: { team?: string; link?: string } }>(request);
          const found = await findCaller[spec.caller]({ request, reply, deps, params, mount, ...about });
          request.setDecorator('caller', found);
          await beforeBody?.(asked(request, reply));
        },
        async handler(request, reply) {
          reply.code(Number(status));
          const { body } = parseChecked<{ body: Type.Static<Body> }>(request);
          const answer = await handler({ ...asked(request, reply), body });
          return reply.sent ? reply : reply.send(answer ?? null);
        },
        ...(onError && {
          errorHandler: (error: Error, request, reply) => {
            throw onError(error, { request, reply, deps });
          },
        }),
        ...(onSend && { onSend }),
      });
    },
  };
}

/** Fastify has checked the parts of a request against the schemas of its route. */
function parseChecked<T>({ params, query, body }: FastifyRequest): T {
  return { params, query, body } as T;
}

/** The same route, which exists in no team and for no link. */
export function inOwnFolder(route: Route): Route {
  return { ...route, mounts: route.mounts.filter((mount) => mount === undefined || mount === 'own') };
}

/** Adds routes in each of their mounts. */
export function addRoutes(app: FastifyInstance, deps: Deps, routes: readonly Route[]): void {
  for (const each of routes) for (const mount of each.mounts) each.add(app, deps, mount);
}

/** A route of a folder costs calls of S3, and one of a team reads its item. A change writes the item. */
function usualLimit({ caller, method }: About): Limit | undefined {
  if (caller === 'folder' || caller === 'uploader') return { ofUser: 10 };
  return caller === 'team' ? { ofUser: method === 'GET' ? 10 : 1 } : undefined;
}

function mountsOf(caller: keyof Callers): (Mount | undefined)[] {
  if (caller === 'uploader') return ['own', 'team', 'link'];
  return caller === 'folder' ? ['own', 'team'] : [undefined];
}

/** The address and the names of a route in a mount. */
export function mounted({ url, operation, summary = '' }: About, mount: Mount | undefined) {
  if (!mount) return { url, operation, summary };
  const { prefix, operation: before, words } = MOUNTS[mount];
  return { url: prefix + url, operation: before + operation, summary: words + summary };
}

/** Whether the request must come from the app's own page, or with an access token. */
export function isChange({ method, takesForm }: About): boolean {
  return method !== 'GET' && !takesForm;
}

function takesBearer(about: About, mount: Mount | undefined): boolean {
  return about.takesBearer === true || isSignedIn(about, mount);
}

/** Whether the request must come with a session. */
export function isSignedIn({ caller }: About, mount: Mount | undefined): boolean {
  return mount !== 'link' && !['anybody', 'link'].includes(caller);
}
