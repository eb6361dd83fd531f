import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../context.ts';

const PAGE_FILES: [path: string, file: string, type: string][] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/app.js', 'app.js', 'text/javascript; charset=utf-8'],
  ['/style.css', 'style.css', 'text/css; charset=utf-8'],
  ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
];

/** The page: four small files, read once. */
export function pageRoutes(app: FastifyInstance, deps: Deps): void {
  for (const [path, file, type] of PAGE_FILES) {
    const content = readFileSync(new URL(file, deps.webDirectory));
    // The page itself `no-store`: else the back button after a sign-out brings it up as it was left, pictures and all.
    const cacheControl = path === '/' ? 'no-store' : 'no-cache';
    app.get(path, { config: { operation: 'page' } }, async (_request, reply) =>
      reply.type(type).header('cache-control', cacheControl).send(content),
    );
  }
}
