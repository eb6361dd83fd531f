import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { createResponder, viaOf } from '../../../../edge/local/viewer/respond.ts';

/** An origin's body that has arrived whole, in pieces. Nobody has read it, and its connection has closed. */
async function arrivedBody(t: Test): Promise<IncomingMessage> {
  const origin = await listenOnLoopback((_request, response) => {
    response.writeHead(200, { connection: 'close' });
    for (let piece = 0; piece < 10; piece++) response.write('x'.repeat(1_000));
    response.end();
  }, 0);
  t.teardown(() => origin.close());
  const asked = get({ host: '127.0.0.1', port: origin.port });
  const closed = once(asked, 'close');
  const [body]: IncomingMessage[] = await once(asked, 'response');
  await closed;
  if (!body) throw new Error('no answer');
  return body;
}

t.test('a body that has arrived whole ends when its viewer goes away in the middle', async (t) => {
  const body = await arrivedBody(t);
  const respond = createResponder('1.1 local');
  const ended = Promise.withResolvers<unknown>();
  const edge = await listenOnLoopback(
    (_request, response) => {
      // The connection is full: the viewer takes no byte.
      response.socket?.cork();
      body.once('pause', () => viewer.destroy());
      respond(response, { status: 200, headers: new Map(), body })?.then(
        () => ended.resolve('sent'),
        ended.resolve,
      );
    },
    0,
    { highWaterMark: 1 },
  );
  t.teardown(() => edge.close());
  const viewer = get({ host: '127.0.0.1', port: edge.port });
  viewer.on('error', () => {});
  t.match(await ended.promise, { message: 'the viewer has gone' });
  t.ok(body.destroyed);
});

t.test('status, length and end of an answer', async (t) => {
  const respond = createResponder(viaOf('E1ABC'));
  const told = (length: number) => ({ headers: new Map([['content-length', [`${length}`]]]) });
  const own = 'via: 1.1 e1abc.cloudfront.net (CloudFront)|x-amz-cf-pop: LOCAL1-P1';
  for (const [name, method, given, head, next] of [
    ['a status in words', 'GET', { statusText: 'Fine' }, `200 Fine|${own}|content-length: 2`, 'answered'],
    ['no words', 'GET', {}, `200 OK|${own}|content-length: 2`, 'answered'],
    ['a length that is told', 'GET', told(2), `200 OK|content-length: 2|${own}`, 'answered'],
    ['a shorter body', 'GET', told(9), `200 OK|content-length: 9|${own}`, 'cut off'],
    ['HEAD', 'HEAD', told(9), `200 OK|content-length: 9|${own}`, 'answered'],
    ['304', 'GET', { status: 304 }, `304 Not Modified|${own}`, 'answered'],
    [
      '304 that tells a length',
      'GET',
      { status: 304, ...told(9) },
      `304 Not Modified|content-length: 9|${own}`,
      'answered',
    ],
  ] as const) {
    const body = Buffer.from(method === 'HEAD' || 'status' in given ? '' : 'ab');
    const server = await listenOnLoopback(({ url }, response) => {
      if (url === '/next') response.writeHead(200, { connection: 'close', 'content-length': 4 }).end('next');
      else respond(response, { status: 200, headers: new Map(), ...given, body })?.catch(t.error);
    }, 0);
    t.teardown(() => server.close());
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${method} / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n`);
    const all = await text(socket);
    const lines = (all.split('\r\n\r\n')[0] ?? '').replace('HTTP/1.1 ', '').split('\r\n');
    const shown = lines.filter((line) => !/^(?:date|connection|keep-alive):/i.test(line)).join('|');
    t.strictSame([shown, all.endsWith('next') ? 'answered' : 'cut off'], [head, next], name);
  }
});
