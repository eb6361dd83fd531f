import { SESSION_COOKIE } from '@cloudfront-cookie-gateway/core/cookies';
import { ERRORS, type ErrorCode } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyContextConfig, FastifyInstance, RouteOptions } from 'fastify';
import * as Type from 'typebox';
import type { Role } from '../domain/membership.ts';
import { STATUSES } from './statuses.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Names the route in logs, metrics and OpenAPI. */
    operation?: string;
    /** One line for OpenAPI. A route without it is left out. */
    summary?: string;
    /** The codes that only this route answers with. Its scopes and all operations add others. */
    problems?: ErrorCode[];
    /** Whether an access token stands for the session cookie here. A scope that `isSignedIn` sets it. */
    takesBearer?: boolean;
    /** The media type of the body, if that is not JSON. */
    bodyType?: string;
    /** The scopes of the route set these four. */
    isSignedIn?: boolean;
    isSameOrigin?: boolean;
    isOfTeam?: boolean;
    isOfLink?: boolean;
    /** What the user must be in the team, in a scope of teams. */
    role?: Role;
  }
}

type Json = Record<string, unknown>;

const COMMON: ErrorCode[] = ['wrong_host', 'too_many_requests', 'timed_out', 'internal'];
const OF_LINK: ErrorCode[] = ['link_over', 'role_too_low', 'store_unavailable', 'clock_wrong'];
const SIGNED_IN: ErrorCode[] = ['no_session', 'account_changed', 'store_unavailable', 'clock_wrong'];

/** Collects the routes as they are added. The document (OpenAPI 3.1) is complete when the app is ready. */
export function describeOperations(app: FastifyInstance, appOrigin: string): () => Json {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    if (route.config?.operation === undefined) {
      throw new Error(`${String(route.method)} ${route.url} has no operation`);
    }
    // The scopes of the route fill in their part later.
    routes.push(route);
  });
  return () => ({
    openapi: '3.1.0',
    info: { title: 'CloudFront Cookie Gateway: the app host', version: '1' },
    servers: [{ url: appOrigin }],
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        bearer: { type: 'http', scheme: 'bearer' },
        link: {
          ...{ type: 'apiKey', in: 'cookie', name: '__Host-link-{link}' },
          description: 'The name of the cookie ends in the id of the link, which is in the path.',
        },
      },
    },
    paths: pathsOf(routes),
  });
}

/**
 * `GET /api/openapi.json`: OpenAPI 3.1 of the routes. It is made of the schemas that check requests and write answers.
 */
export function openApiRoute(app: FastifyInstance, openApi: () => Json): void {
  let made: string | undefined;
  const document = () => (made ??= JSON.stringify(openApi()));
  app.get(
    '/api/openapi.json',
    {
      schema: { response: { 200: Type.Object({ openapi: Type.String() }, { description: 'OpenAPI 3.1.' }) } },
      config: { operation: 'openapi', summary: 'This document' },
    },
    async (_request, reply) => reply.type('application/json').send(document()),
  );
}

function pathsOf(routes: RouteOptions[]): Record<string, Json> {
  const paths: Record<string, Json> = {};
  for (const { url, method, schema = {}, config = {} } of routes) {
    const { operation, summary, isSignedIn = false, bodyType = 'application/json' } = config;
    if (summary === undefined || method === 'HEAD') continue;
    const path = url.replace(/:(\w+)/g, '{$1}');
    const body: unknown = schema.body;
    const hasInput = body !== undefined || schema.querystring !== undefined || path !== url;
    const problems = [...problemsOf(config), ...(hasInput ? ['bad_request' as const] : []), ...COMMON];
    paths[path] = {
      ...paths[path],
      [String(method).toLowerCase()]: {
        operationId: operation,
        summary,
        parameters: [...pathParameters(url, schema.params), ...queryParameters(schema.querystring)],
        ...(isSignedIn ? { security: [{ session: [] }, { bearer: [] }] } : {}),
        ...(config.isOfLink ? { security: [{ link: [] }] } : {}),
        ...(isObject(body)
          ? {
              requestBody: {
                required: body['type'] === 'object',
                content: { [bodyType]: { schema: body } },
              },
            }
          : {}),
        responses: { ...answers(schema.response), ...refusals(problems) },
      },
    };
  }
  return paths;
}

function problemsOf({
  problems = [],
  isSignedIn = false,
  takesBearer = false,
  isSameOrigin = false,
  isOfTeam = false,
  isOfLink = false,
  role,
}: FastifyContextConfig): ErrorCode[] {
  return [
    ...problems,
    ...(isSignedIn ? SIGNED_IN : []),
    ...(isSameOrigin || takesBearer ? ['cross_origin' as const] : []),
    ...(takesBearer ? ['ambiguous' as const] : []),
    ...(isOfTeam ? ['no_such_team' as const] : []),
    ...(isOfLink ? OF_LINK : []),
    ...(isOfTeam && role !== 'viewer' ? ['role_too_low' as const] : []),
  ];
}

/** A guard checks the parameters that the schema of a route does not name. */
function pathParameters(url: string, schema: unknown): Json[] {
  const properties = propertiesOf(schema);
  return [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[name] ?? { type: 'string' },
  }));
}

function queryParameters(schema: unknown): Json[] {
  const required = isObject(schema) && Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property,
  }));
}

function propertiesOf(schema: unknown): Json {
  return isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
}

/** A schema of `null` means an answer without a body. `contentMediaType` names a type other than JSON. */
function answers(response: unknown): Json {
  const statuses = Object.entries(isObject(response) ? response : {});
  return Object.fromEntries(
    statuses.map(([status, schema]) => {
      const {
        type,
        description = 'The answer.',
        contentMediaType = 'application/json',
      } = isObject(schema) ? schema : {};
      const content = type === 'null' ? {} : { content: { [String(contentMediaType)]: { schema } } };
      return [status, { description, ...content }];
    }),
  );
}

/** RFC 9457, with `code`. A person's browser gets a page that shows the same code. */
function refusals(codes: ErrorCode[]): Json {
  const byStatus = Map.groupBy(new Set(codes), (code) => STATUSES[code]);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      status,
      {
        description: those.map((code) => `\`${code}\`: ${ERRORS[code]}`).join(' '),
        content: {
          'application/problem+json': { schema: problemSchema(status, those) },
          'text/html': { schema: { type: 'string' } },
        },
      },
    ]),
  );
}

function problemSchema(status: number, codes: ErrorCode[]): Json {
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: { const: 'about:blank' },
      title: { type: 'string' },
      status: { const: status },
      code: { enum: codes },
      detail: { type: 'string' },
      ...(codes.includes('invalid_request') ? { error: { const: 'invalid_request' } } : {}),
      // The file that has the name, if it was looked up.
      ...(codes.includes('file_exists')
        ? { size: { type: 'integer' }, lastModified: { type: 'string', format: 'date-time' } }
        : {}),
      // When the next one is possible.
      ...(status === 429 ? { retryAfterSeconds: { type: 'integer' } } : {}),
      ...(codes.includes('too_many_teams_today') ? { retryAt: { type: 'string', format: 'date-time' } } : {}),
    },
    additionalProperties: false,
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
