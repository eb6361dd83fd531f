/** What anybody would write to give the files of a private bucket: Node's server, the SDK's signer, and a kept connection. */
import { Agent, createServer, request } from 'node:http';
import process from 'node:process';
import { pipeline } from 'node:stream';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256, UNSIGNED } from '../../services/local/support/signed-requests.ts';

process.once('message', ({ hostname, port, bucket }: { hostname: string; port: number; bucket: string }) => {
  const signer = new SignatureV4({
    service: 's3',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    sha256: Sha256,
    uriEscapePath: false,
  });
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async ({ url = '' }, response) => {
    const [path = ''] = url.split('?');
    const signed = await signer.sign({
      ...{ method: 'GET', protocol: 'http:', hostname, port, path: `/${bucket}${path}` },
      headers: { host: `${hostname}:${port}`, ...UNSIGNED },
    });
    request({ hostname, port, path: signed.path, headers: signed.headers, agent }, (answer) => {
      // The viewer may have gone.
      if (response.destroyed) return void answer.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => {});
    }).end();
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: address !== null && typeof address === 'object' ? address.port : 0 });
  });
});
process.once('disconnect', () => process.exit());
