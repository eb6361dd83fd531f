// Runs alone, because it measures memory.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import process from 'node:process';
import t from 'tap';
import { ALICE, bindingsFor, cookiesOf, NOW_EPOCH, TEMPLATE } from '../support/edge.ts';
import { startStandIn } from '../support/stand-in.ts';

const MEGABYTE = 1_024 * 1_024;
const BYTES = 1_024 * MEGABYTE;

t.test('a file of 1 GB streams in bounded memory', async (t) => {
  const origin = await startStandIn();
  // With compiled code from a cache, the process would start smaller, and grow by the code that it then compiles.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  // This measures the memory in use. Node leaves 20 MB of garbage, more or less.
  const execArgv = ['--max-semi-space-size=1'];
  const edge = fork(new URL('../support/edge-process.ts', import.meta.url), { env, execArgv });
  t.teardown(async () => {
    edge.kill();
    await origin.close();
  });
  edge.send({ template: TEMPLATE, bindings: bindingsFor(origin), nowMs: NOW_EPOCH * 1_000 });
  const [{ port, startBytes }] = await once(edge, 'message');
  const chunk = Buffer.alloc(64 * 1_024, 'v');
  origin.answer = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': BYTES });
    for (let sent = 0; sent < BYTES; sent += chunk.length) {
      if (!response.write(chunk)) await once(response, 'drain');
    }
    response.end();
  };
  const headers = { host: 'localhost:8080', cookie: cookiesOf(ALICE).Cookie };
  const path = `/users/${ALICE}/video.mp4`;
  const request = get({ host: '127.0.0.1', port, path, headers, agent: false });
  const [response]: IncomingMessage[] = await once(request, 'response');
  let received = 0;
  for await (const part of response ?? []) received += part.length;
  t.equal(received, BYTES);
  edge.send('memory');
  const [{ peakBytes }] = await once(edge, 'message');
  const grown = Math.round((peakBytes - startBytes) / MEGABYTE);
  t.comment(`the edge grew from ${Math.round(startBytes / MEGABYTE)} MB by ${grown} MB at most`);
  t.ok(grown < 90, `memory grew by ${grown} MB`);
});
