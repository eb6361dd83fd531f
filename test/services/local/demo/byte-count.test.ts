import { Readable } from 'node:stream';
import fastify from 'fastify';
import t from 'tap';
import { countFileBytes } from '../../../../services/local/demo/byte-count.ts';

t.test('counts the bytes of files in both directions, also on routes added before it', async (t) => {
  const app = fastify();
  t.teardown(() => app.close());
  for (const [path, type, payload] of [
    ['/favicon.svg', 'image/svg+xml', '<svg/>'],
    ['/page', 'text/html', '<p>'],
    ['/list', 'application/json', '{}'],
    ['/picture', 'image/png', Buffer.alloc(1_000)],
  ] as const) {
    app.get(path, (_, reply) => reply.type(type).send(payload));
  }
  app.get('/stream', (_, reply) =>
    reply
      .type('video/mp4')
      .header('content-length', 7)
      .send(Readable.from([Buffer.alloc(7)])),
  );
  app.get('/stream-of-unknown-length', (_, reply) => reply.type('video/mp4').send(Readable.from(['x'])));
  app.addContentTypeParser('image/png', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.post('/upload', () => 'ok');
  const bytes = countFileBytes(app);
  for (const url of ['/favicon.svg', '/page', '/list']) await app.inject({ url });
  await app.inject({ method: 'POST', url: '/upload', payload: { name: 'a.png' } });
  t.equal(bytes(), 0);
  await app.inject({ url: '/picture' });
  t.equal(bytes(), 1_000);
  await app.inject({ url: '/stream' });
  t.equal(bytes(), 1_007);
  const headers = { 'content-type': 'image/png' };
  await app.inject({ method: 'POST', url: '/upload', headers, payload: Buffer.alloc(20) });
  t.equal(bytes(), 1_027);
  await app.inject({ url: '/stream-of-unknown-length' });
  await app.inject({ method: 'POST', url: '/upload', headers, payload: Readable.from(['x']) });
  t.equal(bytes(), 1_027, 'what says no length is not counted');
});
