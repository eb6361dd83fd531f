import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { ALICE, cookiesOf, NOW_EPOCH, startEdge } from '../support/edge.ts';
import { changedTemplate, DISTRIBUTION } from '../support/template.ts';

const MEGABYTE = 1_024 * 1_024;
const video = `/users/${ALICE}/video.mp4`;

/** Sends bytes as fast as the receiver takes them, and counts them. */
function pour(response: ServerResponse, bytes: number, counted: { sent: number }): void {
  const chunk = Buffer.alloc(64 * 1_024, 'v');
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes });
  const more = () => {
    while (counted.sent < bytes && !response.destroyed) {
      counted.sent += chunk.length;
      if (!response.write(chunk)) return;
    }
    if (counted.sent >= bytes) response.end();
  };
  response.on('drain', more);
  more();
}

function open(port: number, path: string, cookie = cookiesOf(ALICE)): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost:8080', cookie: cookie.Cookie };
    get({ host: '127.0.0.1', port, path, headers, agent: false }, resolve).on('error', reject);
  });
}

t.test('a body goes no faster than the viewer takes it', async (t) => {
  const edge = await startEdge();
  t.teardown(() => edge.close());
  const counted = { sent: 0 };
  edge.origin.answer = (_request, response) => pour(response, 128 * MEGABYTE, counted);
  let received = 0;
  let ahead = 0;
  for await (const chunk of await open(edge.port, video)) {
    received += chunk.length;
    ahead = Math.max(ahead, counted.sent - received);
    // The viewer is slow, so the edge may push everything that it can.
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(received, 128 * MEGABYTE);
  t.ok(
    ahead < 24 * MEGABYTE,
    `the origin was ${Math.round(ahead / MEGABYTE)} MB ahead: what four sockets hold`,
  );
});

t.test('a viewer that goes away lets go of the connection to the origin', async (t) => {
  const edge = await startEdge();
  t.teardown(() => edge.close());
  const answers: ServerResponse[] = [];
  edge.origin.answer = (_request, response) => {
    answers.push(response);
    pour(response, 512 * MEGABYTE, { sent: 0 });
  };
  const viewer = await open(edge.port, video);
  await once(viewer, 'readable');
  viewer.destroy();
  await once(viewer, 'close');
  const [answer] = answers;
  if (answer && !answer.destroyed) await once(answer, 'close');
  t.notOk(answer?.writableFinished, 'broken off in the middle');
});

t.test('a viewer that goes away before the answer lets go of it, too', async (t) => {
  const edge = await startEdge();
  t.teardown(() => edge.close());
  const asked = new Promise<ServerResponse>((resolve) => {
    edge.origin.answer = (_request, response) => resolve(response);
  });
  const headers = { host: 'localhost:8080', cookie: cookiesOf(ALICE).Cookie };
  const request = get({ host: '127.0.0.1', port: edge.port, path: video, headers, agent: false });
  const broken = once(request, 'error');
  const answer = await asked;
  request.destroy(new Error('gone'));
  await broken;
  pour(answer, 512 * MEGABYTE, { sent: 0 });
  await once(answer, 'close');
  t.notOk(answer.writableFinished);
});

t.test('an origin that stops in the middle is given up; a viewer that stops is not', async (t) => {
  const template = changedTemplate((at) => {
    const origins = at(DISTRIBUTION, 'DistributionConfig')['Origins'];
    if (Array.isArray(origins)) origins[0].S3OriginConfig.OriginReadTimeout = 1;
  });
  const edge = await startEdge({ template });
  t.teardown(() => edge.close());
  edge.origin.answer = (_request, response) => {
    response.writeHead(200, { 'content-length': 64 * MEGABYTE }).write('only this');
  };
  const stopped = await open(edge.port, video);
  const ended = await text(stopped).catch((error: unknown) => error);
  t.match(ended, { code: 'ECONNRESET' });

  const quiet = new Promise<void>((resolve) => {
    edge.origin.answer = (_request, response) => {
      // The origin's socket has been quiet for longer than the edge's response timeout.
      response.setTimeout(1_500, resolve);
      pour(response, 64 * MEGABYTE, { sent: 0 });
    };
  });
  const slow = await open(edge.port, video);
  slow.pause();
  await quiet;
  let received = 0;
  for await (const chunk of slow) received += chunk.length;
  t.equal(received, 64 * MEGABYTE);
});

t.test('a download goes on past the end of its policy, and its next range is refused', async (t) => {
  const edge = await startEdge();
  t.teardown(() => edge.close());
  edge.origin.answer = (_request, response) => pour(response, 32 * MEGABYTE, { sent: 0 });
  const response = await open(edge.port, video);
  edge.clock.nowMs = (NOW_EPOCH + 900) * 1_000;
  let received = 0;
  for await (const chunk of response) received += chunk.length;
  t.equal(received, 32 * MEGABYTE);
  const next = await edge.get(video, { ...cookiesOf(ALICE), Range: `bytes=${MEGABYTE}-` });
  t.equal(next.status, 403);
  t.match(next.body, '<Code>AccessDenied</Code>');
});
