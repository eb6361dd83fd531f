import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { deleteRoutes } from './files/routes/delete-files.ts';
import { describeFileRoute, fileRoutes, makeFolderRoute } from './files/routes/files.ts';
import { trashRoutes } from './files/routes/trash.ts';
import { uploadRoutes } from './files/routes/uploads.ts';
import { audit } from './http/audit.ts';
import { guardBearers } from './http/bearer.ts';
import { answerClientError, answerErrors } from './http/errors.ts';
import { healthRoutes } from './http/health.ts';
import { checkHost, withoutAuthority } from './http/host.ts';
import { limitRequests, SERVER_LIMITS } from './http/limits.ts';
import { openApiRoute } from './http/openapi.ts';
import { pageRoutes } from './http/page.ts';
import { addRoutes, inOwnFolder, type Route } from './http/route.ts';
import { FORM, NO_COMPILERS, useSchemas } from './http/schemas.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { linkRoutes } from './links/routes.ts';
import { moveRoutes } from './moves/routes.ts';
import { backchannelLogoutRoute } from './sessions/routes/backchannel-logout.ts';
import { callbackRoute } from './sessions/routes/callback.ts';
import { doneRoute } from './sessions/routes/done.ts';
import { loginRoute } from './sessions/routes/login.ts';
import { endSessionRoutes, logoutRoutes, ownSessionsRoutes } from './sessions/routes/logout.ts';
import { sessionRoutes } from './sessions/routes/session.ts';
import { tokenRoute } from './sessions/routes/token.ts';
import { hasTeams } from './settings/config.ts';
import { shareRoutes } from './shares/routes.ts';
import { makeTeamRoute, teamRoutes } from './teams/routes.ts';
import type { Deps } from './wiring/deps.ts';
import { logClock } from './wiring/logger.ts';

export type App = FastifyInstance;

const JSON_TYPE = 'application/json';

/** The routes of the app host, but for the page's files. A service without teams has those of the own folder only. */
function routesOf(deps: Deps): Route[] {
  const routes: Route[] = [
    ...healthRoutes(deps),
    openApiRoute(deps.config.origins.app, () => routes),
    ...[loginRoute, callbackRoute, doneRoute, ...endSessionRoutes, backchannelLogoutRoute, tokenRoute],
    ...[...sessionRoutes, ...logoutRoutes, ...ownSessionsRoutes],
    ...[...fileRoutes, ...uploadRoutes, describeFileRoute, ...deleteRoutes, ...moveRoutes, makeFolderRoute],
    ...[...trashRoutes, ...shareRoutes, makeTeamRoute],
    ...(hasTeams(deps.config) ? [...teamRoutes, ...linkRoutes] : []),
  ].map((each) => (hasTeams(deps.config) ? each : inOwnFolder(each)));
  return routes;
}

/** The app host: hooks and routes. It never listens and never reads the environment. */
export async function buildApp(deps: Deps, logger: FastifyServerOptions['logger'] = false): Promise<App> {
  const { origins, trustedProxies } = deps.config;
  const app = fastify({
    ...SERVER_LIMITS,
    schemaController: NO_COMPILERS,
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerClientError,
    trustProxy: trustedProxies,
    forceCloseConnections: 'idle',
    rewriteUrl: withoutAuthority,
  });

  app.decorateRequest('hasSession', false).decorateRequest('caller', null);
  useSchemas(app);
  logAnswers(app, deps.metrics);
  // This comes first, so that refusals have the headers too.
  await addSecurityHeaders(app, deps);
  // What answers a refusal looks at the cookies too.
  await app.register(cookie);
  checkHost(app, origins.app);
  await limitRequests(app, deps);
  answerErrors(app, origins.app);
  guardBearers(app);
  finishAnswers(app);
  pageRoutes(app, deps);

  const { true: ofPrograms = [], false: others = [] } = Object.groupBy(routesOf(deps), ({ takesForm }) =>
    takesForm ? 'true' : 'false',
  );
  allowEmptyJson(app);
  // A plain form can sign out too. Its body does not matter.
  app.addContentTypeParser(FORM, { parseAs: 'string' }, async () => null);
  addRoutes(app, deps, others);
  await app.register(async (withForm) => {
    withForm.removeAllContentTypeParsers();
    withForm.addContentTypeParser(FORM, { parseAs: 'string' }, readForm);
    addRoutes(withForm, deps, ofPrograms);
  });

  logClock(deps.clockGuard, app.log);
  // The signing key changes only if the service is started with another key.
  audit(app.log, 'signing_key', { keyPairId: deps.config.signing.keyPairId });
  return app;
}

/**
 * Many clients name JSON in a request without a body, and Fastify's own parser refuses that. A schema still asks for a
 * body that a route needs.
 */
function allowEmptyJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (request, body: string, done) =>
    body === '' ? done(null, undefined) : parse(request, body, done),
  );
}

/** A member that comes twice becomes a list, which no schema takes. */
async function readForm(_request: unknown, body: string): Promise<Record<string, string | string[]>> {
  const form = new URLSearchParams(body);
  const members = [...new Set(form.keys())].map((name) => {
    const [value = '', ...more] = form.getAll(name);
    return [name, more.length === 0 ? value : [value, ...more]] as const;
  });
  return Object.fromEntries(members);
}

/** Counts each answer by operation and status, and writes the line `answered` of each request. */
function logAnswers(app: FastifyInstance, metrics: Deps['metrics']): void {
  app.addHook('onResponse', async (request, reply) => {
    const operation = request.routeOptions.config.operation ?? 'not_found';
    const status = reply.statusCode;
    metrics?.onAnswered({ operation, status }, reply.elapsedTime);
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info({ req: request, operation, status, durationMs }, 'answered');
  });
}

function finishAnswers(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    // A connection that is kept alive would delay the end until its timeout.
    if (isClosing) reply.header('connection', 'close');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
