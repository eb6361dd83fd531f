import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Deps } from './http/context.ts';
import { errorsPlugin } from './http/plugins/errors.ts';
import { hostPlugin } from './http/plugins/host.ts';
import { sameOriginPlugin } from './http/plugins/same-origin.ts';
import { callbackRoute } from './http/routes/callback.ts';
import { endSessionRoute } from './http/routes/end-session.ts';
import { filesRoute } from './http/routes/files.ts';
import { healthRoutes } from './http/routes/health.ts';
import { loginRoute } from './http/routes/login.ts';
import { logoutRoute } from './http/routes/logout.ts';
import { pageRoutes } from './http/routes/page.ts';
import { refreshRoute } from './http/routes/refresh.ts';
import { sessionRoute } from './http/routes/session.ts';
import { uploadsRoute } from './http/routes/uploads.ts';

export type App = FastifyInstance;

/** The app host: plugins and routes. It never listens and never reads the environment. */
export async function buildApp(deps: Deps, logger: FastifyServerOptions['logger'] = false): Promise<App> {
  const app = fastify({
    logger,
    bodyLimit: 64 * 1_024,
    requestTimeout: 10_000,
    keepAliveTimeout: 72_000,
    // Unknown members are a mistake of the caller, and said to be one.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    forceCloseConnections: 'idle',
  }).withTypeProvider<TypeBoxTypeProvider>();
  const { origins, oidc } = deps.config;
  const isHttps = origins.app.startsWith('https:');

  errorsPlugin(app, origins.app);
  hostPlugin(app, origins.app);
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", origins.files],
        'media-src': [origins.files],
        'connect-src': ["'self'", origins.files, deps.objects.uploadOrigin],
        'form-action': ["'self'", new URL(oidc.issuer).origin],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
      },
    },
    // `no-referrer` would make the page's own form posts send `Origin: null`.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    crossOriginEmbedderPolicy: false,
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });

  pageRoutes(app, deps);
  healthRoutes(app, deps);
  loginRoute(app, deps);
  callbackRoute(app, deps);
  sessionRoute(app, deps);
  endSessionRoute(app, deps);
  filesRoute(app, deps);
  await app.register(async (changing) => {
    sameOriginPlugin(changing, origins.app);
    // A plain form signs out as well; what it holds does not matter.
    changing.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      async () => null,
    );
    refreshRoute(changing, deps);
    logoutRoute(changing, deps);
    uploadsRoute(changing, deps);
  });
  return app;
}
