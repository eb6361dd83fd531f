import cookie from '@fastify/cookie';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { audit } from './http/audit.ts';
import { guardBearers } from './http/bearer.ts';
import type { Deps, Scope } from './http/context.ts';
import { answerClientError, answerErrors } from './http/errors.ts';
import { requireOwnFolder, requireSameOrigin, requireSession, requireTeam } from './http/guards.ts';
import { checkHost, withoutAuthority } from './http/host.ts';
import { limitRequests, nameOperations, SERVER_LIMITS } from './http/limits.ts';
import { describeOperations, openApiRoute } from './http/openapi.ts';
import { pageRoutes } from './http/page.ts';
import { backchannelLogoutRoute } from './http/routes/backchannel-logout.ts';
import { callbackRoute } from './http/routes/callback.ts';
import { deleteFilesRoute } from './http/routes/delete-files.ts';
import { describeFileRoute } from './http/routes/details.ts';
import { doneRoute } from './http/routes/done.ts';
import { endSessionRoutes } from './http/routes/end-session.ts';
import { createThumbnailRoute, deleteFileRoute, listFilesRoute, usageRoute } from './http/routes/files.ts';
import { makeFolderRoute } from './http/routes/folders.ts';
import { healthRoutes } from './http/routes/health.ts';
import {
  linkChangingRoutes,
  linkReadingRoutes,
  openedLinkChangingRoutes,
  openedLinkReadingRoutes,
  openLinkRoute,
} from './http/routes/links.ts';
import { loginRoute } from './http/routes/login.ts';
import { logoutRoutes } from './http/routes/logout.ts';
import { moveRoutes, readMoveRoute } from './http/routes/moves.ts';
import { refreshRoute, sessionRoute } from './http/routes/session.ts';
import { deleteSessionRoute, listSessionsRoute } from './http/routes/sessions.ts';
import { createShareRoute, deleteShareRoute, listSharesRoute, openShareRoute } from './http/routes/shares.ts';
import { makeTeamRoute, teamChangingRoutes, teamReadingRoutes } from './http/routes/teams.ts';
import { tokenRoute } from './http/routes/token.ts';
import {
  emptyTrashRoute,
  listTrashRoute,
  listVersionsRoute,
  restoreRoute,
  restoreVersionRoute,
} from './http/routes/trash.ts';
import { createUploadRoute, multipartUploadRoutes, readMultipartUploadRoute } from './http/routes/uploads.ts';
import { FORM, NO_COMPILERS, useSchemas } from './http/schemas.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { logClock } from './logger.ts';

export type App = FastifyInstance;

const JSON_TYPE = 'application/json';

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
  }).withTypeProvider<TypeBoxTypeProvider>();

  useSchemas(app);
  logAnswers(app, deps.metrics);
  const openApi = describeOperations(app, origins.app);
  // This comes first, so that refusals have the headers too.
  await addSecurityHeaders(app, deps);
  // What answers a refusal looks at the cookies too.
  await app.register(cookie);
  checkHost(app, origins.app);
  await limitRequests(app, deps);
  answerErrors(app, origins.app);
  allowEmptyJson(app);
  guardBearers(app);
  finishAnswers(app);

  pageRoutes(app, deps);
  healthRoutes(app, deps);
  openApiRoute(app, openApi);
  loginRoute(app, deps);
  callbackRoute(app, deps);
  doneRoute(app);
  endSessionRoutes(app, deps);
  await app.register(async (reading) => readingRoutes(reading, deps));
  if (deps.ofTeams) await openedLinkReadingRoutes(app, { ...deps, ...deps.ofTeams });
  await app.register(async (withToken) => {
    withToken.removeAllContentTypeParsers();
    withToken.addContentTypeParser(FORM, { parseAs: 'string' }, readForm);
    backchannelLogoutRoute(withToken, deps);
    tokenRoute(withToken, deps);
  });
  await app.register(async (changing) => changingRoutes(changing, deps));

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

/** What a signed-in person may read. */
async function readingRoutes(reading: Scope, deps: Deps): Promise<void> {
  requireSession(reading, deps);
  sessionRoute(reading, deps);
  listSessionsRoute(reading, deps);
  await inFolders(reading, deps, (folder) => {
    listFilesRoute(folder, deps);
    usageRoute(folder, deps);
    readMultipartUploadRoute(folder, deps);
    readMoveRoute(folder, deps);
    listTrashRoute(folder, deps);
    listVersionsRoute(folder, deps);
    listSharesRoute(folder, deps);
  });
  if (!deps.ofTeams) return;
  await teamReadingRoutes(reading, { ...deps, ...deps.ofTeams });
  await linkReadingRoutes(reading, deps.ofTeams);
}

/** What changes something. Signing out needs no live session, and everything else does. */
async function changingRoutes(changing: Scope, deps: Deps): Promise<void> {
  requireSameOrigin(changing, deps.config.origins.app);
  // A plain form can sign out too. Its body does not matter.
  changing.addContentTypeParser(FORM, { parseAs: 'string' }, async () => null);
  logoutRoutes(changing, deps);
  await changing.register(async (own) => {
    requireSession(own, deps);
    refreshRoute(own, deps);
    deleteSessionRoute(own, deps);
    await inFolders(own, deps, (folder) => {
      createUploadRoute(folder, deps);
      createThumbnailRoute(folder, deps);
      describeFileRoute(folder, deps);
      multipartUploadRoutes(folder, deps);
      deleteFileRoute(folder, deps);
      moveRoutes(folder, deps);
      deleteFilesRoute(folder, deps);
      makeFolderRoute(folder, deps);
      restoreRoute(folder, deps);
      emptyTrashRoute(folder, deps);
      restoreVersionRoute(folder, deps);
      createShareRoute(folder, deps);
      deleteShareRoute(folder, deps);
    });
    makeTeamRoute(own, deps);
    if (!deps.ofTeams) return;
    await teamChangingRoutes(own, { ...deps, ...deps.ofTeams });
    await linkChangingRoutes(own, { ...deps, ...deps.ofTeams });
  });
  openShareRoute(changing, deps);
  if (!deps.ofTeams) return;
  openLinkRoute(changing, { ...deps, ...deps.ofTeams });
  await openedLinkChangingRoutes(changing, { ...deps, ...deps.ofTeams });
}

/** Adds routes about files twice: for the user's own folder, and for those of teams. */
async function inFolders(
  signedIn: Scope,
  { ofTeams }: Pick<Deps, 'ofTeams'>,
  addRoutes: (folder: Scope) => void,
): Promise<void> {
  await signedIn.register(
    async (own) => {
      requireOwnFolder(own);
      addRoutes(own);
    },
    { prefix: '/api' },
  );
  if (!ofTeams) return;
  await signedIn.register(
    async (team) => {
      requireTeam(team);
      nameOperations(team, 'team');
      addRoutes(team);
    },
    { prefix: '/api/teams/:team' },
  );
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
