import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Deps } from '../wiring/deps.ts';

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

/** The page: the files of a directory. Each file is read when it is asked for. */
export function pageRoutes(app: FastifyInstance, { webDirectory }: Deps): void {
  app.get<{ Params: { '*': string } }>('/*', { config: { operation: 'page' } }, async (request, reply) =>
    isOfPage(request)
      ? sendPageFile(request, reply, webDirectory, request.params['*'] || INDEX)
      : reply.callNotFound(),
  );
}

/** Sends a file of the page. The code that reads and compresses files is loaded at the first one. */
export async function sendPageFile(
  request: FastifyRequest,
  reply: FastifyReply,
  directory: URL,
  path: string,
): Promise<unknown> {
  const { sendFile } = await import('./page-files.ts');
  return sendFile(request, reply, { root: fileURLToPath(directory), index: INDEX }, path);
}
