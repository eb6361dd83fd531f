import type { FastifyRequest } from 'fastify';

/** What a page's folder is entered by. */
export const INDEX = 'index.html';

/** Whether a person goes to an address, and is to see what is answered. */
export function isNavigation({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/** Whether a page may have a path: not below the service's own ones, nor with a name that begins with a dot. */
export function isOfPage({ url }: FastifyRequest): boolean {
  const [path = ''] = url.split('?');
  const decoded = decodeURIComponent(path);
  return !/^\/(?:api|auth)(?:\/|$)/.test(decoded) && !/[/\\]\./.test(decoded);
}
