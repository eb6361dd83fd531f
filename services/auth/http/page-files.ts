import { posix } from 'node:path';
import { pipeline } from 'node:stream';
import send from '@fastify/send';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { COMPRESSORS, encodingOf } from './encodings.ts';

/** Folders in which bundlers (Vite, Next.js) put files whose names change with their content. */
const IMMUTABLE = /^(?:assets|_next\/static)\//;
const COMPRESSIBLE = /^(?:text\/|application\/(?:[\w.+-]*(?:javascript|json|xml)|wasm)\b|image\/svg\+xml)/;

/**
 * Sends a file of the page, compressed if that helps.
 * @param page.index the file with which the page is entered
 * @param path is decoded, and does not begin with a slash
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { root, index }: { root: string; index: string },
  path: string,
): Promise<unknown> {
  // Each file has one spelling: `a//b` and `a/./b` are not names of `a/b`.
  if (/^\/|\\/.test(path) || posix.normalize(path) !== path) return reply.callNotFound();
  // Next.js writes the page /about as about.html. The pages below it go into a folder beside that file.
  const options = { root, cacheControl: false, extensions: ['html'] };
  const fileAt = (path: string) => send(request.raw, encodeURI(path), options);
  let file = await fileAt(path);
  if (file.type === 'directory') {
    file = await fileAt(`${path}/`);
    if (file.type !== 'file') file = await fileAt(`${path}.html`);
  }
  if (file.type === 'error' && file.statusCode !== 404) throw file.metadata.error;
  if (file.type !== 'file') return reply.callNotFound();
  const { statusCode, stream, metadata } = file;
  const type = file.headers['Content-Type'] ?? 'application/octet-stream';
  reply.code(statusCode).headers({
    ...file.headers,
    ...(statusCode === 304 ? {} : { 'Content-Type': type }),
    'Cache-Control': cacheControlOf(posix.relative(root, metadata.path), index),
    Vary: 'accept-encoding',
  });
  const isWhole = statusCode === 200 && request.method === 'GET';
  const encoding = encodingOf(request, Number(file.headers['Content-Length']));
  if (!isWhole || !encoding || !COMPRESSIBLE.test(type)) return reply.send(stream);
  reply.header('content-encoding', encoding).removeHeader('content-length');
  // A stream that breaks off reaches Fastify as an error of the second stream.
  return reply.send(pipeline(stream, COMPRESSORS[encoding](), () => {}));
}

function cacheControlOf(file: string, index: string): string {
  // Without `no-store`, the back button after a sign-out shows the page as it was left, pictures included.
  if (file === index) return 'no-store';
  return IMMUTABLE.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache';
}
