import cookie from '@fastify/cookie';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { audit } from './http/audit.ts';
import type { Deps } from './http/context.ts';
import { answerClientError, errorsPlugin } from './http/plugins/errors.ts';
import { hostPlugin, withoutAuthority } from './http/plugins/host.ts';
import { limitsPlugin, SERVER_LIMITS } from './http/plugins/limits.ts';
import { metricsPlugin } from './http/plugins/metrics.ts';
import { operationsPlugin } from './http/plugins/operations.ts';
import { sameOriginPlugin } from './http/plugins/same-origin.ts';
import { NO_COMPILERS, schemasPlugin } from './http/plugins/schemas.ts';
import { securityHeadersPlugin } from './http/plugins/security-headers.ts';
import { signedInPlugin } from './http/plugins/signed-in.ts';
import { backchannelLogoutRoute } from './http/routes/backchannel-logout.ts';
import { callbackRoute } from './http/routes/callback.ts';
import { createShareRoute } from './http/routes/create-share.ts';
import { createThumbnailRoute } from './http/routes/create-thumbnail.ts';
import { createUploadRoute } from './http/routes/create-upload.ts';
import { deleteFileRoute } from './http/routes/delete-file.ts';
import { deleteShareRoute } from './http/routes/delete-share.ts';
import { endSessionRoutes } from './http/routes/end-session.ts';
import { healthRoutes } from './http/routes/health.ts';
import { listFilesRoute } from './http/routes/list-files.ts';
import { listSharesRoute } from './http/routes/list-shares.ts';
import { loginRoute } from './http/routes/login.ts';
import { logoutRoutes } from './http/routes/logout.ts';
import { multipartUploadRoutes, readMultipartUploadRoute } from './http/routes/multipart-upload.ts';
import { openApiRoute } from './http/routes/openapi.ts';
import { pageRoutes } from './http/routes/page.ts';
import { refreshRoute } from './http/routes/refresh.ts';
import { sessionRoute } from './http/routes/session.ts';
import { deleteSessionRoute, listSessionsRoute } from './http/routes/sessions.ts';
import { usageRoute } from './http/routes/usage.ts';
import { CLOCK_RIGHT, CLOCK_WRONG } from './logger.ts';

export type App = FastifyInstance;

/** The app host: plugins and routes. It never listens and never reads the environment. */
export async function buildApp(deps: Deps, logger: FastifyServerOptions['logger'] = false): Promise<App> {
  const { origins, trustedProxies } = deps.config;
  const app = fastify({
    ...SERVER_LIMITS,
    schemaController: NO_COMPILERS,
    logger,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: answerClientError,
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    forceCloseConnections: 'idle',
    rewriteUrl: withoutAuthority,
  }).withTypeProvider<TypeBoxTypeProvider>();

  schemasPlugin(app);
  metricsPlugin(app, deps.metrics);
  const openApi = operationsPlugin(app, origins.app);
  // This comes first, so that refusals have the headers too.
  await securityHeadersPlugin(app, deps);
  hostPlugin(app, origins.app);
  await limitsPlugin(app, deps);
  errorsPlugin(app, origins.app);
  await app.register(cookie);
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    // A connection that is kept alive would delay the end until its timeout.
    if (isClosing) reply.header('connection', 'close');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });

  pageRoutes(app, deps);
  healthRoutes(app, deps);
  openApiRoute(app, openApi);
  loginRoute(app, deps);
  callbackRoute(app, deps);
  endSessionRoutes(app, deps);
  await app.register(async (own) => {
    signedInPlugin(own, deps);
    sessionRoute(own, deps);
    listSessionsRoute(own, deps);
    listFilesRoute(own, deps);
    usageRoute(own, deps);
    listSharesRoute(own, deps);
    readMultipartUploadRoute(own, deps);
  });
  await app.register(async (fromProvider) => {
    fromProvider.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      async (_request: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
    );
    backchannelLogoutRoute(fromProvider, deps);
  });
  await app.register(async (changing) => {
    sameOriginPlugin(changing, origins.app);
    // A plain form can sign out too. Its body does not matter.
    changing.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      async () => null,
    );
    logoutRoutes(changing, deps);
    await changing.register(async (changingOwn) => {
      signedInPlugin(changingOwn, deps);
      refreshRoute(changingOwn, deps);
      deleteSessionRoute(changingOwn, deps);
      createUploadRoute(changingOwn, deps);
      createThumbnailRoute(changingOwn, deps);
      multipartUploadRoutes(changingOwn, deps);
      deleteFileRoute(changingOwn, deps);
      createShareRoute(changingOwn, deps);
      deleteShareRoute(changingOwn, deps);
    });
  });
  deps.clockGuard.onChange((seconds) => {
    if (seconds === 0) app.log.info(CLOCK_RIGHT);
    else app.log.error({ seconds }, CLOCK_WRONG);
  });
  // The signing key changes only if the service is started with another key.
  audit(app.log, 'signing_key', { keyPairId: deps.config.signing.keyPairId });
  return app;
}
