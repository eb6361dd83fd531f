import { fileURLToPath } from 'node:url';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sends a file of the page. The code that reads and compresses files is loaded at the first one. */
export async function sendPageFile(
  request: FastifyRequest,
  reply: FastifyReply,
  directory: URL,
  path: string,
): Promise<unknown> {
  const { sendFile } = await import('./page-files.ts');
  return sendFile(request, reply, fileURLToPath(directory), path);
}
