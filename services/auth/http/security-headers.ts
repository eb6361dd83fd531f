import type { OutgoingHttpHeaders } from 'node:http';
import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { isDevelopmentOrigin } from '@cloudfront-cookie-gateway/core/origins';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { lazily } from '../lazily.ts';
import type { Deps } from '../wiring/deps.ts';
import { isNavigation } from './page.ts';

/**
 * The security headers of every answer, by helmet. Helmet makes the headers anew for each request. Here they are made
 * once, and again when one of two things changes: where a form may lead, and where uploads go.
 */
export async function addSecurityHeaders(app: FastifyInstance, deps: Deps): Promise<void> {
  const { origins, oidcIssuer, contentSecurityPolicy } = deps.config;
  // A plain form that signs out is redirected to the provider's end-session endpoint.
  let uploadOrigin = origins.app;
  const signOutOrigin = () => deps.identityProvider.endSessionOrigin() ?? new URL(oidcIssuer).origin;
  await app.register(helmet, {
    global: false,
    contentSecurityPolicy: contentSecurityPolicy === undefined && {
      useDefaults: false,
      directives: directivesFor(origins.files, () => uploadOrigin, signOutOrigin),
    },
    // `no-referrer` would make the page's own form posts send `Origin: null`.
    referrerPolicy: { policy: 'same-origin' },
    // On a laptop, this header would make browsers demand HTTPS of every server on localhost, for a year.
    strictTransportSecurity: !isDevelopmentOrigin(origins.app) && {
      maxAge: 31_536_000,
      includeSubDomains: true,
    },
  });
  // A process that goes on learns the upload origin and the provider's metadata before it listens. On Lambda, only the
  // answer to a navigation waits for the two.
  const learn = lazily(async () => {
    const failed = (error: unknown) =>
      app.log.error(error, 'the identity provider could not be discovered; a sign-in asks it again');
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
      const own = defined({ 'content-security-policy': contentSecurityPolicy });
      known = { origins, headers: { ...reply.raw.getHeaders(), ...own } };
    }
    reply.headers(known.headers);
  });
}

/** What the page may load, and where it may send something. Two of the origins are learned later. */
function directivesFor(filesOrigin: string, uploadOrigin: () => string, signOutOrigin: () => string) {
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", filesOrigin],
    'font-src': ["'self'"],
    // The page reads the first frame of a film before its upload, and a worker draws the thumbnail. Both use `blob:`.
    'media-src': [filesOrigin, 'blob:'],
    // A worker from the page's own files, such as that of pdf.js, gets the same rights as a script.
    'worker-src': ["'self'", 'blob:'],
    // A PDF or a text in the page. The edge refuses a file as `<object>` or `<embed>`.
    'frame-src': [filesOrigin],
    'manifest-src': ["'self'"],
    'connect-src': ["'self'", filesOrigin, uploadOrigin],
    'form-action': ["'self'", signOutOrigin],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
  };
}
