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
