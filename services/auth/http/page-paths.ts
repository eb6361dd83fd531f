import type { FastifyRequest } from 'fastify';

/** The file with which a page's folder is entered. */
export const INDEX = 'index.html';

/** Whether a person opens this address in a browser and sees the answer. */
export function isNavigation({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html');
}

/** Whether a page may use a path. The service's own paths are taken, and no name may begin with a dot. */
export function isOfPage({ url }: FastifyRequest): boolean {
  const [path = ''] = url.split('?');
  const decoded = decodeURIComponent(path);
  return !/^\/(?:api|auth)(?:\/|$)/.test(decoded) && !/[/\\]\./.test(decoded);
}
