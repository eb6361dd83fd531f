/** Node's own HTTP server with one body and nothing else. The edge is built on this server. */
import { createServer } from 'node:http';
import process from 'node:process';

process.once('message', ({ bytes, type }: { bytes: number; type: string }) => {
  const body = Buffer.alloc(bytes, 'x');
  const headers = { 'content-type': type, 'content-length': body.length };
  const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
  });
});
process.once('disconnect', () => process.exit());
