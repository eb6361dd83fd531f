import type { OutgoingHttpHeaders } from 'node:http';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { lazily } from '../../domain/lazily.ts';
import { isDevelopmentOrigin } from '../../domain/origins.ts';
import type { Deps } from '../context.ts';
import { isNavigation } from '../page-paths.ts';

/**
 * Security headers of every answer, by helmet. It puts them together anew for each request; here that is done once, and
 * again when what can change does: where a form may lead to, and where uploads go.
 */
export async function securityHeadersPlugin(app: FastifyInstance, deps: Deps): Promise<void> {
  const { origins, oidc, contentSecurityPolicy } = deps.config;
  // A plain form that signs out is redirected to the provider's end-session endpoint.
  let uploadOrigin = origins.app;
  const signOutOrigin = () => deps.identityProvider.endSessionOrigin() ?? new URL(oidc.issuer).origin;
  await app.register(helmet, {
    global: false,
    contentSecurityPolicy: contentSecurityPolicy === undefined && {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", origins.files],
        'font-src': ["'self'"],
        // A film that is about to go up is asked for its first frame, and a worker draws the thumbnail: both are the page's own.
        'media-src': [origins.files, 'blob:'],
        // A worker of the page's own files, such as that of pdf.js, may do what its scripts may.
        'worker-src': ["'self'", 'blob:'],
        // A PDF or a text in the page; the edge refuses to be an `<object>` or `<embed>`.
        'frame-src': [origins.files],
        'manifest-src': ["'self'"],
        'connect-src': ["'self'", origins.files, () => uploadOrigin],
        'form-action': ["'self'", signOutOrigin],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
      },
    },
    // `no-referrer` would make the page's own form posts send `Origin: null`.
    referrerPolicy: { policy: 'same-origin' },
    // On this machine it would bind every other server on localhost, for a year.
    strictTransportSecurity: !isDevelopmentOrigin(origins.app) && {
      maxAge: 31_536_000,
      includeSubDomains: true,
    },
    crossOriginEmbedderPolicy: false,
  });
  // A process that goes on knows both from its start; on Lambda a page waits for them, and nothing else does.
  const learn = lazily(async () => {
    const failed = (error: unknown) =>
      app.log.error(error, 'the identity provider could not be discovered; it is asked again at a sign-in');
    const [origin] = await Promise.all([
      deps.objects.uploadOrigin(),
      deps.identityProvider.check().catch(failed),
    ]);
    uploadOrigin = origin;
  });
  if (deps.outlivesRequests) await learn();
  let known: { origins: string; headers: OutgoingHttpHeaders } | undefined;
  app.addHook('onRequest', async (request, reply) => {
    if (isNavigation(request)) await learn();
    const origins = `${signOutOrigin()} ${uploadOrigin}`;
    if (known?.origins !== origins) {
      reply.helmet();
      const own =
        contentSecurityPolicy === undefined ? {} : { 'content-security-policy': contentSecurityPolicy };
      known = { origins, headers: { ...reply.raw.getHeaders(), ...own } };
      for (const name of reply.raw.getHeaderNames()) reply.raw.removeHeader(name);
    }
    reply.headers(known.headers);
  });
}
