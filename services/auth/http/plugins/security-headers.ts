import type { OutgoingHttpHeaders } from 'node:http';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../context.ts';

/**
 * Security headers of every answer, by helmet. It puts them together anew for each request; here that is done once, and
 * again when the one part that can change does: where a form may lead to.
 */
export async function securityHeadersPlugin(app: FastifyInstance, deps: Deps): Promise<void> {
  const { origins, oidc, contentSecurityPolicy } = deps.config;
  // A plain form that signs out is redirected to the provider's end-session endpoint.
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
        // A film that is about to go up is asked for its first frame, and a worker draws the thumbnail: both are the page's own.
        'media-src': [origins.files, 'blob:'],
        'worker-src': ['blob:'],
        'connect-src': ["'self'", origins.files, new URL(deps.objects.uploadUrl).origin],
        'form-action': ["'self'", signOutOrigin],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
      },
    },
    // `no-referrer` would make the page's own form posts send `Origin: null`.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: origins.app.startsWith('https:')
      ? { maxAge: 31_536_000, includeSubDomains: true }
      : false,
    crossOriginEmbedderPolicy: false,
  });
  let known: { origin: string; headers: OutgoingHttpHeaders } | undefined;
  app.addHook('onRequest', async (_request, reply) => {
    const origin = signOutOrigin();
    if (known?.origin !== origin) {
      reply.helmet();
      const own =
        contentSecurityPolicy === undefined ? {} : { 'content-security-policy': contentSecurityPolicy };
      known = { origin, headers: { ...reply.raw.getHeaders(), ...own } };
      for (const name of reply.raw.getHeaderNames()) reply.raw.removeHeader(name);
    }
    reply.headers(known.headers);
  });
}
