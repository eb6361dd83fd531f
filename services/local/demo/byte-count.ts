import type { FastifyInstance } from 'fastify';

/** The content types of users' files. The page's own parts and JSON have other types. */
const FILE_TYPES = /^(image|video|audio|font|multipart)\/|^application\/(pdf|octet-stream|zip)/;

/** Counts the bytes of files that go through the service, in both directions. The page's own icon is not counted. */
export function countFileBytes(app: FastifyInstance): () => number {
  let bytes = 0;
  app.addHook('onRequest', async ({ headers }) => {
    if (FILE_TYPES.test(headers['content-type'] ?? '')) bytes += Number(headers['content-length'] ?? 0);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.url === '/favicon.svg' || !FILE_TYPES.test(String(reply.getHeader('content-type')))) return;
    if (typeof payload === 'string' || Buffer.isBuffer(payload)) bytes += Buffer.byteLength(payload);
    else bytes += Number(reply.getHeader('content-length') ?? 0);
  });
  return () => bytes;
}
