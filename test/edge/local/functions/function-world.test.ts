import t from 'tap';
import { NOW_EPOCH } from '../support/edge.ts';
import { functionsOf, reasonOf, told, viewer } from './support/run.ts';

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

t.test('Buffer does what AWS lists of it', async (t) => {
  for (const expression of [
    'Buffer.from("写真").toString("base64url")',
    'Buffer.from("5YaZ55yf", "base64").toString()',
    'Buffer.from("e58699", "hex").toString("utf8")',
    'Buffer.concat([Buffer.from("a"), Buffer.from([98, 99])]).toString()',
    'Buffer.from("abc").slice(1, 2).toString()',
    'Buffer.from("abcabc").indexOf("ca") + Buffer.from("abcabc").lastIndexOf("b") + Buffer.from("abc").indexOf(99)',
    '[Buffer.byteLength("写"), Buffer.isBuffer(Buffer.alloc(1)), Buffer.isEncoding("hex"), Buffer.alloc(2, 7).length]',
    '[Buffer.compare(Buffer.from("a"), Buffer.from("b")), Buffer.from("a").equals(Buffer.from("a")), Buffer.from("ab").includes("b")]',
    'JSON.stringify(Buffer.from("ab"))',
    'JSON.stringify(Buffer.alloc(5, "ab"))',
  ]) {
    // Node's own words for the same code in this process.
    const expected: unknown = new Function('Buffer', `return ${expression}`)(Buffer);
    t.strictSame(await told(expression), expected, expression);
  }
  t.match(await reasonOf(t, 'function handler() { Buffer.from("a", "utf9"); }'), /unknown encoding/);
});

t.test('values of the store in each format, and what is known of the store', async (t) => {
  const module = 'import cf from "cloudfront";';
  const store = new Map([
    ['a', '{"b":[1]}'],
    ['bad', '{'],
  ]);
  t.strictSame(await told('await cf.kvs().get("a")', module, store), '{"b":[1]}');
  t.strictSame(await told('await cf.kvs().get("a", { format: "json" })', module, store), { b: [1] });
  t.strictSame(
    await told('(await cf.kvs().get("a", { format: "bytes" })).toString("base64")', module, store),
    ['eyJiIjpbMV19'][0],
  );
  const failing = (call: string) =>
    told(`await cf.kvs().${call}.catch((error) => String(error))`, module, store);
  t.equal(await failing('get("none")'), 'Error: KeyNotFound');
  t.match(await failing('get("bad", { format: "json" })'), /^SyntaxError/);
  t.match(await failing('get("a", { format: "xml" })'), /^TypeError/);
  t.match(await told('await cf.kvs().meta()', module, store), { keyCount: 2, creationDateTime: /^\d{4}-/ });
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
