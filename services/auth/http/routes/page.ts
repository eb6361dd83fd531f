import { fileURLToPath } from 'node:url';
import compress from '@fastify/compress';
import statics from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../context.ts';
import { INDEX, isOfPage } from '../page-paths.ts';

/** Where bundlers (Vite, Next.js) put files whose names change with their content. */
const IMMUTABLE = /^(?:assets|_next\/static)\//;

/** The page: the files of a directory, each as it is when it is asked for. */
export async function pageRoutes(app: FastifyInstance, { webDirectory }: Deps): Promise<void> {
  const root = fileURLToPath(webDirectory);
  await app.register(compress, { global: false });
  await app.register(statics, {
    root,
    serve: false,
    cacheControl: false,
    // Next.js writes the page /about as about.html.
    extensions: ['html'],
    setHeaders: (reply, path) => {
      reply.header('cache-control', cacheControlOf(path.slice(root.length)));
    },
  });
  app.get<{ Params: { '*': string } }>(
    '/*',
    { config: { operation: 'page' }, compress: {} },
    (request, reply) => {
      if (isOfPage(request)) reply.sendFile(request.params['*'] || INDEX);
      else reply.callNotFound();
    },
  );
}

function cacheControlOf(file: string): string {
  // `no-store`: else the back button after a sign-out brings the page up as it was left, pictures and all.
  if (file === INDEX) return 'no-store';
  return IMMUTABLE.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache';
}
