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

t.test('an origin that stops in the middle is given up', async (t) => {
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
