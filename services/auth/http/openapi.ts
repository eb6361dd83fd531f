import { SESSION_COOKIE } from '@cloudfront-cookie-gateway/core/cookies';
import { ERRORS, type ErrorCode } from '@cloudfront-cookie-gateway/core/errors';
import * as Type from 'typebox';
import { isChange, isSignedIn, type Mount, mounted, type Route, route } from './route.ts';
import { FORM } from './schemas.ts';
import { STATUSES } from './statuses.ts';

type Json = Record<string, unknown>;

const SIGNED_IN: ErrorCode[] = ['no_session', 'account_changed', 'store_unavailable', 'clock_wrong'];
const OF_LINK: ErrorCode[] = ['link_over', 'role_too_low', 'store_unavailable', 'clock_wrong'];
const OF_ALL: ErrorCode[] = ['wrong_host', 'too_many_requests', 'timed_out', 'internal'];

/** OpenAPI 3.1 of the routes, made at the first request from the schemas that check requests and write answers. */
export function openApiRoute(appOrigin: string, routes: () => readonly Route[]): Route {
  let document: string | undefined;
  return route({
    method: 'GET',
    url: '/api/openapi.json',
    operation: 'openapi',
    summary: 'This document',
    caller: 'anybody',
    answers: { 200: Type.Object({ openapi: Type.String() }, { description: 'OpenAPI 3.1.' }) },
    async handler({ reply }) {
      document ??= JSON.stringify(openApi(appOrigin, routes()));
      return reply.type('application/json').send(document);
    },
  });
}

function openApi(appOrigin: string, routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  for (const each of routes) {
    for (const mount of each.mounts) {
      const { url } = mounted(each, mount);
      const path = url.replace(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [each.method.toLowerCase()]: operationOf(each, mount) };
    }
  }
  return {
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
    paths,
  };
}

function operationOf(of: Route, mount: Mount | undefined): Json {
  const { schema, takesForm } = of;
  const { url, operation: operationId, summary } = mounted(of, mount);
  const { properties: inPath = {} } = schema.params ?? {};
  const { body, querystring: query } = schema;
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const parameters = [
    ...names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: inPath[name] ?? { type: 'string' },
    })),
    ...(Type.IsObject(query)
      ? Object.entries(query.properties).map(([name, property]) => ({
          ...{ name, in: 'query', required: query.required?.includes(name) ?? false, schema: property },
        }))
      : []),
  ];
  const problems = problemsOf(of, mount, parameters.length > 0 || body !== undefined);
  const security = isOfLink(of, mount) ? [{ link: [] }] : [{ session: [] }, { bearer: [] }];
  const content = { [takesForm ? FORM : 'application/json']: { schema: body } };
  return {
    ...{ operationId, summary, parameters },
    ...(isSignedIn(of, mount) || isOfLink(of, mount) ? { security } : {}),
    ...(body ? { requestBody: { required: Type.IsObject(body), content } } : {}),
    responses: { ...answersOf(schema.response), ...refusals(problems) },
  };
}

function isOfLink({ caller }: Route, mount: Mount | undefined): boolean {
  return caller === 'link' || mount === 'link';
}

function problemsOf(of: Route, mount: Mount | undefined, hasInput: boolean): ErrorCode[] {
  const isOfTeam = of.caller === 'team' || mount === 'team';
  return [
    ...(of.problems ?? []),
    ...(of.isOfMadeTeams ? ['managed_by_provider' as const] : []),
    ...(isSignedIn(of, mount) ? SIGNED_IN : []),
    ...(isSignedIn(of, mount) || of.takesBearer ? (['cross_origin', 'ambiguous'] as const) : []),
    ...(isChange(of) ? ['cross_origin' as const] : []),
    ...(isOfTeam ? ['no_such_team' as const] : []),
    ...(isOfTeam && of.role !== 'viewer' ? ['role_too_low' as const] : []),
    ...(isOfLink(of, mount) ? OF_LINK : []),
    ...(hasInput ? ['bad_request' as const] : []),
    ...OF_ALL,
  ];
}

/** A schema of `null` means an answer without a body. `contentMediaType` names a type other than JSON. */
function answersOf(response: Route['schema']['response']): Json {
  return Object.fromEntries(
    Object.entries(response).map(([status, schema]) => {
      const { description = 'The answer.', contentMediaType: type = 'application/json' }: Json = {
        ...schema,
      };
      return [
        status,
        { description, ...(Type.IsNull(schema) ? {} : { content: { [String(type)]: { schema } } }) },
      ];
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
