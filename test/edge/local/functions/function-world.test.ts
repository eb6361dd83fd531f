import t from 'tap';
import { NOW_EPOCH } from '../support/edge.ts';
import { functionsOf, told, viewer } from './support/run.ts';

t.test('time is the edge’s, and stands still during a call', async (t) => {
  let nowMs = NOW_EPOCH * 1_000;
  const request = `function handler() {
    const times = [Date.now(), new Date().getTime(), Date.parse(new Date(Date()).toISOString()), new Date(5).getTime()];
    return { statusCode: 200, body: JSON.stringify(times.concat(new Date().constructor.now() - Date.now(), new Date() instanceof Date)) }; }`;
  // This clock moves on each time somebody reads it.
  const functions = functionsOf({ request }, { now: () => (nowMs += 1_000) });
  for (const seconds of [1, 2]) {
    const result = await functions.onRequest(viewer);
    const startedAt = (NOW_EPOCH + seconds) * 1_000;
    t.strictSame(
      'answer' in result && JSON.parse(String(result.answer.body)),
      [...[startedAt, startedAt, startedAt, 5], ...[0, true]],
      `${seconds}`,
    );
  }
});

t.test('no variable outlives a call', async (t) => {
  const request = `let calls = 0; const seen = {};
    function handler(event) { calls++; seen[event.request.uri] = true;
      return { statusCode: 200, body: JSON.stringify([calls, Object.keys(seen)]) }; }`;
  const functions = functionsOf({ request });
  for (const rawPath of ['/users/a/1', '/users/b/2']) {
    const result = await functions.onRequest({ ...viewer, rawPath });
    t.strictSame('answer' in result && JSON.parse(String(result.answer.body)), [1, [rawPath]], rawPath);
  }
});

t.test('no object of Node gets into the code, not even in an error', async (t) => {
  const inside = 'Code generation from strings disallowed for this context';
  const reach = 'const reach = (given) => given.constructor.constructor("return typeof process")();';
  const full = `${reach} let found; const fill = () => { try { fill(); } catch (error) {}
    try { btoa("a"); } catch (error) { try { found = reach(error); } catch (refused) {} } }; fill();`;
  t.equal(await told('found', full), null, 'a full stack');
  const wrong = `${reach} Array.prototype.includes = () => true; let found;
    try { Buffer.from("a").toString("nope"); } catch (error) { try { found = reach(error); } catch (refused) { found = refused.message; } }`;
  t.equal(await told('found', wrong), inside, 'an encoding that Node does not know');
  const request = `function handler(event) { const multiValue = [{ value: "a" }];
    multiValue.map = (given) => [{ value: given.constructor.constructor("return typeof process")() }];
    event.request.headers.a = { value: "a", multiValue }; return event.request; }`;
  const passed = await functionsOf({ request }).onRequest(viewer);
  t.strictSame('headers' in passed && passed.headers.get('a'), ['a'], 'a list with a map of its own');
});
