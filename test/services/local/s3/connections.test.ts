// Has its own process, because its store waits no longer than 0.4 seconds for a byte.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import { createS3Signer } from '../../../../edge/local/origin/sigv4.ts';
import { rawRequest } from '../../../support/raw-request.ts';
import { BUCKET as Bucket, OPERATOR, REGION as region, s3Client, startS3 } from '../support/local-s3.ts';

/** The operator's request up to the end of its head. */
function head(port: number, method: string, key: string, more = ''): string {
  const host = `localhost:${port}`;
  const rawPath = `/${Bucket}/${key}`;
  const sign = createS3Signer({ ...OPERATOR, region }, host);
  const signed = sign({ method, rawPath, rawQuery: '' }, Date.now());
  const lines = Object.entries({ host, ...signed }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${rawPath} HTTP/1.1\r\n${lines.join('')}${more}\r\n`;
}

t.test('closes silent connections in every state', async (t) => {
  const { store, port } = await startS3({ silenceMs: 400 });
  t.teardown(() => store.close());
  const client = s3Client(port);
  t.teardown(() => client.destroy());
  // More bytes than the kernel's buffers hold.
  const Body = Buffer.alloc(32 * 1_024 * 1_024);
  await client.send(new PutObjectCommand({ Bucket, Key: 'big', Body }));
  const open = async (text: string): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  const reader = await open(head(port, 'GET', 'big'));
  await once(reader, 'data');
  reader.pause();
  const others = [
    await open(''),
    await open('GET / HTTP/1.1\r\nHost: loc'),
    await open(`${head(port, 'PUT', 'k', 'Content-Length: 100\r\n')}half of it`),
  ];
  await Promise.all(others.map((socket) => once(socket.resume(), 'close')));
  let received = 0;
  reader.on('data', (bytes: Buffer) => {
    received += bytes.length;
  });
  await once(reader.resume(), 'close');
  t.ok(received < Body.length, 'a client that does not read gets no more bytes');
});

t.test('answers under its own name only, in whatever form the request has its address', async (t) => {
  const { store, port } = await startS3();
  t.teardown(() => store.close());
  const statusOf = async (target: string, headers: Record<string, string> = {}) =>
    (await rawRequest(`http://localhost:${port}`, target, headers)).status;
  t.equal(await statusOf('/'), 403, 'without a signature');
  t.equal(await statusOf('/', { Host: `localhost:${port}` }), 400, 'two names');
  t.equal(await statusOf('/', { Host: `evil.example:${port}` }), 400);
  t.equal(await statusOf(`http://evil.example:${port}/`), 421, 'a foreign absolute form');
  t.equal(await statusOf('http://evil.example/'), 421);
  t.equal(await statusOf(`http://LOCALHOST:${port}/`), 403, 'case does not matter');
});
