import type { FastifyInstance } from 'fastify';

/** What files are made of: neither the page's own parts nor JSON. */
const FILE_TYPES = /^(image|video|audio|font|multipart)\/|^application\/(pdf|octet-stream|zip)/;

/** Counts the bytes of files that go through the service, in either direction, but for the page's own icon. */
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
