import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { functionsOf, viewer } from './support/run.ts';

t.test('a promise of the store settles, where the code has no word for promises', async (t) => {
  const request = `import cf from 'cloudfront';
    function handler() { return cf.kvs().get('answer', { format: 'json' }); }`;
  const store = new Map([['answer', '{"statusCode":204}']]);
  t.match(await functionsOf({ request }, { store }).onRequest(viewer), { answer: { status: 204 } });
});

t.test('a call that does not end is ended, and hurts no other', async (t) => {
  const request = `function handler(event) { if (event.request.uri === "/hang") for (;;) {}
    return event.request; }`;
  const functions = functionsOf({ request });
  const outcomes = await Promise.all(
    ['/1', '/hang', '/2', '/hang', '/3'].map((rawPath) =>
      functions.onRequest({ ...viewer, rawPath }).then(
        (passed) => ('uri' in passed ? passed.uri : 'answered'),
        (error: unknown) => error instanceof Error && error.message,
      ),
    ),
  );
  t.strictSame(outcomes, ['/1', '503', '/2', '503', '/3']);
});

t.test('a call that was ended leaves nothing of its world', async (t) => {
  const request = `function handler(event) {
    if (globalThis.isHung) return { statusCode: 204 };
    if (event.request.uri === "/hang") { globalThis.isHung = true; for (;;) {} }
    return event.request; }`;
  const functions = functionsOf({ request });
  await t.rejects(functions.onRequest({ ...viewer, rawPath: '/hang' }), { message: '503' });
  t.match(await functions.onRequest(viewer), { uri: '/users/a/b' });
});

t.test('nor one whose promises do not end', async (t) => {
  // The thread has no async hooks of tap. With these hooks, Node itself aborts if a promise's job is ended in the
  // middle.
  const worker = new Worker(new URL('../support/spin-worker.ts', import.meta.url), { execArgv: [] });
  const [outcomes] = await once(worker, 'message');
  t.strictSame(outcomes, ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
});

t.test('what a call leaves behind settles nothing later', async (t) => {
  const request = `function handler(event) {
    if (event.request.uri === "/first") { event.request.late = new Promise((resolve) => { globalThis.settle = resolve; }); return event.request.late; }
    globalThis.settle({ statusCode: 200, body: "of the first" });
    return event.request; }`;
  const functions = functionsOf({ request });
  await t.rejects(functions.onRequest({ ...viewer, rawPath: '/first' }), { message: '503' });
  t.match(await functions.onRequest(viewer), { uri: '/users/a/b' });
});
