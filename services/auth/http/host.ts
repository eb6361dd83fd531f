import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { FastifyInstance } from 'fastify';

/** The form of a request target with scheme and authority (RFC 9112, section 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** For `rewriteUrl`: routes know paths only. The plugin below checks the host. */
export function withoutAuthority({ url = '/' }: { url?: string | undefined }): string {
  return url.replace(ABSOLUTE, '') || '/';
}

/**
 * Answers only under the configured name, since the cookies belong to that name. Another name that leads here (DNS
 * rebinding, a tunnel, 127.0.0.1) would be another origin with the same session.
 */
export function checkHost(app: FastifyInstance, appOrigin: string): void {
  const { host } = new URL(appOrigin);
  app.addHook('onRequest', async (request) => {
    const { rawHeaders } = request.raw;
    const named = rawHeaders.filter(
      (_, index) => rawHeaders[index - 1]?.toLowerCase() === 'host' && index % 2 === 1,
    );
    if (named.length > 1) throw new GatewayError('bad_request');
    const { operation = '' } = request.routeOptions.config;
    const [, authority] = ABSOLUTE.exec(request.originalUrl) ?? [];
    const names = [...named, ...(authority === undefined ? [] : [authority])];
    const isOurs = names.length > 0 && names.every((name) => name.toLowerCase() === host);
    // A health probe comes to the address of a machine.
    if (isOurs || ['livez', 'readyz'].includes(operation)) return;
    throw new GatewayError('wrong_host', {
      detail: `This service answers as ${appOrigin} only: open that address. Its cookies do not work under another name, such as 127.0.0.1 or the name of a tunnel. APP_ORIGIN and FILES_ORIGIN set the names of a deployment. A proxy in front of it, such as a development server, must pass on the Host header that the browser sent: leave out changeOrigin, and set APP_ORIGIN to the address that you open (docs/your-page.md).`,
    });
  });
}
