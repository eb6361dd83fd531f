import { fileURLToPath } from 'node:url';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers with a file of the page; what reads and compresses them is loaded with the first. */
export async function sendPageFile(
  request: FastifyRequest,
  reply: FastifyReply,
  directory: URL,
  path: string,
): Promise<unknown> {
  const { sendFile } = await import('./page-files.ts');
  return sendFile(request, reply, fileURLToPath(directory), path);
}
