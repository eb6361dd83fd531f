import { parentPort } from 'node:worker_threads';
import { createEdgeFunctions } from '../../../../edge/local/functions/edge-functions.ts';
import { viewerOf } from './rooms.ts';

/** Calls a function whose promises never end, and then one that ends. */
const code = `async function handler(event) {
  await 0;
  if (event.request.uri === '/await') for (;;) {}
  if (event.request.uri === '/then') { const again = () => Promise.resolve().then(again); again(); }
  return event.request; }`;
const functions = createEdgeFunctions({
  ...{ id: 'D1', functions: { viewerRequest: { name: 'OnRequest', code } } },
  ...{ keyValueStores: {}, now: Date.now },
});
const paths = ['/1', '/await', '/2', '/then', '/3'];
const outcomes = await Promise.allSettled(paths.map((rawPath) => functions.onRequest(viewerOf(rawPath))));
parentPort?.postMessage(outcomes.map(({ status }) => status));
