import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import querystring from 'node:querystring';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { createEdgeFunctions } from '../../../../edge/local/functions/edge-functions.ts';
import type { KeyValueReader } from '../../../../edge/local/functions/key-value-store.ts';
import type { Answer } from '../../../../edge/local/viewer/answer.ts';
import type { ViewerRequest } from '../../../../edge/local/viewer/viewer-request.ts';
import { NOW_EPOCH, startEdge, withCode } from '../support/edge.ts';

const viewer: ViewerRequest = {
  id: 'r1',
  method: 'GET',
  origin: 'http://localhost:8080',
  rawPath: '/users/a/b',
  rawQuery: undefined,
  headers: new Map([['host', ['localhost:8080']]]),
  ipAddress: '127.0.0.1',
  port: 1,
};

function functionsOf(
  code: { request?: string; response?: string },
  options: { store?: KeyValueReader; now?: () => number } = {},
) {
  const store = options.store ? { keyValueStore: { logicalId: 'Store' } } : {};
  return createEdgeFunctions({
    id: 'D1',
    functions: {
      ...(code.request === undefined
        ? {}
        : { viewerRequest: { name: 'OnRequest', code: code.request, ...store } }),
      ...(code.response === undefined ? {} : { viewerResponse: { name: 'OnResponse', code: code.response } }),
    },
    keyValueStores: options.store ? { Store: options.store } : {},
    now: options.now ?? (() => NOW_EPOCH * 1_000),
  });
}

/** The value of an expression inside a viewer-request function, after `before` at the top level. */
async function told(expression: string, before = '', store?: KeyValueReader): Promise<unknown> {
  const request = `${before} async function handler(event) { const value = ${expression};
    return { statusCode: 200, headers: {}, body: JSON.stringify(value === undefined ? null : value) }; }`;
  const result = await functionsOf({ request }, store ? { store } : {}).onRequest(viewer);
  if (!('answer' in result)) throw new Error('no answer');
  return JSON.parse(String(result.answer.body));
}

/** The error that caused the failure of a function. */
async function reasonOf(t: Test, request: string): Promise<unknown> {
  try {
    await functionsOf({ request }).onRequest(viewer);
  } catch (error) {
    return error instanceof Error ? error.cause : undefined;
  }
  return t.fail('it did not fail');
}

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
    t.strictSame('answer' in result && JSON.parse(String(result.answer.body)), [
      ...[startedAt, startedAt, startedAt, 5],
      ...[0, true],
    ]);
  }
});

t.test('hashes are those of Node, imported or required', async (t) => {
  for (const algorithm of ['md5', 'sha1', 'sha256'] as const) {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const hash = createHash(algorithm).update('写真').update('b').digest(encoding);
      const call = `createHash("${algorithm}").update("写真").update(Buffer.from("b")).digest("${encoding}")`;
      t.equal(await told(`crypto.${call}`, 'import crypto from "crypto";'), hash);
      t.equal(await told(`require("crypto").${call}`), hash);
      const mac = createHmac(algorithm, 'ké').update('b').digest(encoding);
      const keyed = `crypto.createHmac("${algorithm}", "ké").update("b").digest("${encoding}")`;
      t.equal(
        await told(keyed, "/* a */ // b\nimport qs from'querystring';import crypto from 'crypto'\n"),
        mac,
      );
    }
  }
  const bytes = [...createHash('sha1').digest()];
  t.strictSame(await told('require("crypto").createHash("sha1").digest()'), { type: 'Buffer', data: bytes });
  t.match(
    await reasonOf(t, 'function handler() { require("crypto").createHash("sha512"); }'),
    /not supported algorithm/,
  );
  t.match(
    await reasonOf(
      t,
      'function handler() { const h = require("crypto").createHash("md5"); h.digest(); h.digest(); }',
    ),
    /Digest already called/,
  );
});

t.test('query strings are parsed and written as in Node', async (t) => {
  const module = 'import querystring from "querystring";';
  for (const text of ['', 'a=1&b=2&a=3&c', 'a=%41+b&%zz=%e5%86', '=x&&y=', 'a%3D=b=c']) {
    t.strictSame(
      await told(`querystring.parse(${JSON.stringify(text)})`, module),
      { ...querystring.parse(text) },
      text,
    );
  }
  t.strictSame(await told('querystring.parse("a:1;b:2", ";", ":", { maxKeys: 1 })', module), { a: '1' });
  const values = { name: 'a b', list: ['ü', '3'], empty: '', number: 5, yes: true };
  t.equal(
    await told(`querystring.stringify(${JSON.stringify(values)})`, module),
    querystring.stringify(values),
  );
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

t.test('a promise of the store settles, where the code has no word for promises', async (t) => {
  const request = `import cf from 'cloudfront';
    function handler() { return cf.kvs().get('answer', { format: 'json' }); }`;
  const store = new Map([['answer', '{"statusCode":204}']]);
  t.match(await functionsOf({ request }, { store }).onRequest(viewer), { answer: { status: 204 } });
});

t.test('no variable outlives a call', async (t) => {
  const request = `let calls = 0; const seen = {};
    function handler(event) { calls++; seen[event.request.uri] = true;
      return { statusCode: 200, body: JSON.stringify([calls, Object.keys(seen)]) }; }`;
  const functions = functionsOf({ request });
  for (const rawPath of ['/users/a/1', '/users/b/2']) {
    const result = await functions.onRequest({ ...viewer, rawPath });
    t.strictSame('answer' in result && JSON.parse(String(result.answer.body)), [1, [rawPath]]);
  }
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

t.test('results are read once, and as data', async (t) => {
  const answerOf = async (result: string) => {
    try {
      await functionsOf({ request: `function handler(event) { return ${result}; }` }).onRequest(viewer);
      return 'taken';
    } catch (error) {
      return error instanceof Error && error.message;
    }
  };
  t.equal(await answerOf('Object.assign(event.request, { headers: undefined })'), '502');
  t.equal(
    await answerOf('Object.assign(event.request, { querystring: { a: undefined, b: { value: "1" } } })'),
    'taken',
  );
  t.equal(
    await answerOf(
      'Object.assign(event.request, { querystring: { a: { value: { toString: () => "1" } } } })',
    ),
    '502',
  );
  t.equal(await answerOf('({ get statusCode() { throw new Error("no"); } })'), '503');
  t.equal(await answerOf('({ get statusCode() { for (;;) {} } })'), '503', 'a getter that does not end');
  t.equal(
    await answerOf('Object.assign(event.request, { querystring: { a: { value: "x".repeat(8192) } } })'),
    '502',
  );
  t.equal(
    await answerOf(
      'Object.assign(event.request, { querystring: { a: { value: "1", multiValue: [{ value: 1 }] } } })',
    ),
    '502',
  );
  t.equal(
    await answerOf('Object.assign(event.request, { querystring: { a: { value: "1", multiValue: {} } } })'),
    '502',
  );
});

t.test('headers that are not for functions are not shown, stay, and cannot be set', async (t) => {
  const headers = new Map([
    ['x-forwarded-proto', ['https']],
    ['x-amzn-requestid', ['1']],
    ['host', ['localhost:8080']],
    ['x-own', ['2']],
  ]);
  const names = (request: string) => functionsOf({ request }).onRequest({ ...viewer, headers });
  const shown = await names(
    'function handler(event) { return { statusCode: 200, body: Object.keys(event.request.headers).join() }; }',
  );
  t.equal('answer' in shown && String(shown.answer.body), 'host,x-own');
  const passed = await names(
    'function handler(event) { delete event.request.headers["x-own"]; return event.request; }',
  );
  t.strictSame('headers' in passed && [...passed.headers.keys()], [
    'x-forwarded-proto',
    'x-amzn-requestid',
    'host',
  ]);
  for (const name of [
    'x-forwarded-proto',
    'x-amzn-requestid',
    'x-real-ip',
    'x-accel-redirect',
    'upgrade',
    'via',
  ]) {
    const request = `function handler(event) { event.request.headers["${name}"] = { value: "https" }; return event.request; }`;
    await t.rejects(names(request), { message: '502' }, name);
  }
});

const object = (): Answer => ({
  status: 200,
  statusText: 'OK',
  headers: new Map([
    ['content-length', ['3']],
    ['x-cache', ['Hit from cloudfront']],
    ['set-cookie', ['a=1; Path=/', 'b=2', 'a=3']],
  ]),
  body: Buffer.from('abc'),
});

t.test('a body that is given is taken, be it empty, and one that is not stays', async (t) => {
  for (const [given, body, length] of [
    ['undefined', 'abc', ['3']],
    ['{ encoding: "text", data: "" }', '', ['3']],
    ['""', '', ['3']],
    ['{ encoding: "base64", data: "aGk=" }', 'hi', ['3']],
  ] as const) {
    const response = `function handler(event) { event.response.statusCode = 410; const body = ${given};
      if (body !== undefined) event.response.body = body; return event.response; }`;
    const answer = await functionsOf({ response }).onResponse(viewer, object());
    t.strictSame(
      [answer.status, String(answer.body), answer.headers.get('content-length')],
      [410, body, length],
      given,
    );
    t.strictSame(answer.headers.get('x-cache'), ['Hit from cloudfront'], 'not shown, and still there');
  }
});

t.test('Set-Cookie lines are cookies of the event', async (t) => {
  const response = `function handler(event) { const cookies = event.response.cookies;
    if (JSON.stringify(cookies) !== ${JSON.stringify(
      JSON.stringify({
        a: {
          value: '1',
          attributes: 'Path=/',
          multiValue: [{ value: '1', attributes: 'Path=/' }, { value: '3' }],
        },
        b: { value: '2' },
      }),
    )}) throw new Error(JSON.stringify(cookies));
    delete cookies.b; cookies.c = { value: "4", attributes: "Secure" }; return event.response; }`;
  const answer = await functionsOf({ response }).onResponse(viewer, object());
  t.strictSame(answer.headers.get('set-cookie'), ['a=1; Path=/', 'a=3', 'c=4; Secure']);
});

t.test('code that CloudFront would not take stops the start, by name', async (t) => {
  const request = `function handler(event) { return event.request; } //${'x'.repeat(10_240)}`;
  await t.rejects(
    startEdge({ template: withCode({ request }) }),
    /Function ViewerRequest\w+\.FunctionCode has 10292 bytes; CloudFront takes 10240/,
  );
  t.throws(
    () => functionsOf({ request: 'import fs from "fs"; function handler() {}' }),
    /OnRequest imports fs/,
  );
  t.throws(() => functionsOf({ request: 'function handle() {}' }), /handler is not defined/);
  t.throws(() => functionsOf({ request: 'const handler = 5;' }), /handler is not a function/);
  t.throws(
    () => functionsOf({ request: '}) => 1); ((require) => { function handler() {}' }),
    /Unexpected token/,
  );
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

t.test('code with import() is not loaded, and text about imports is', (t) => {
  const functionOf = (text: string) => functionsOf({ request: `function handler(event) { ${text}\n }` });
  for (const text of [
    'import("node:fs");',
    'import /* a */ // b\n ("node:fs");',
    'import<!-- a\n("node:fs");',
    'import . /* a */ source("node:fs");',
  ]) {
    t.throws(() => functionOf(text), /OnRequest has import\(\), which the runtime does not have/, text);
  }
  functionOf('return "/import/a.html"; // an import\n // (of goods)');
  t.end();
});

t.test('a top level without an end stops the start', (t) => {
  t.throws(
    () => functionsOf({ request: 'while (true) {} function handler(event) { return event.request; }' }),
    /OnRequest cannot be loaded: Error: Script execution timed out/,
  );
  t.end();
});
