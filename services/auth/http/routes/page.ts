import type { FastifyInstance } from 'fastify';
import type { Deps } from '../context.ts';
import { INDEX, isOfPage } from '../page-paths.ts';
import { sendPageFile } from '../send-page-file.ts';

/** The page: the files of a directory. Each file is read when it is asked for. */
export function pageRoutes(app: FastifyInstance, { webDirectory }: Deps): void {
  app.get<{ Params: { '*': string } }>('/*', { config: { operation: 'page' } }, async (request, reply) =>
    isOfPage(request)
      ? sendPageFile(request, reply, webDirectory, request.params['*'] || INDEX)
      : reply.callNotFound(),
  );
}
