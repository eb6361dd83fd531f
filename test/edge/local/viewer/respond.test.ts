import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import t, { type Test } from 'tap';
import { listenOnLoopback } from '../../../../edge/local/loopback.ts';
import { createResponder } from '../../../../edge/local/viewer/respond.ts';

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
