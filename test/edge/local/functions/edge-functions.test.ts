import t, { type Test } from 'tap';
import { ALICE, cookiesOf, KEEP, startEdge, withCode } from '../support/edge.ts';

const own = `/users/${ALICE}/a.txt`;
const alice = cookiesOf(ALICE);

const TELL = (expression: string) =>
  `import cf from "cloudfront"; async function handler(event) { const value = ${expression};
   return { statusCode: 200, headers: {}, body: JSON.stringify(value === undefined ? "undefined" : value) }; }`;

/** The value of an expression inside the viewer-request function. */
async function told(
  t: Test,
  expression: string,
  target = own,
  headers: Record<string, string> = alice,
  entries: ReadonlyMap<string, string> = new Map(),
): Promise<unknown> {
  const edge = await startEdge({
    template: withCode({ request: TELL(expression) }),
    bindings: { keyValueStores: { RevocationsAE845E47: entries } },
  });
  t.teardown(() => edge.close());
  const answer = await edge.get(target, headers);
  return answer.status === 200 ? JSON.parse(Buffer.from(answer.body, 'latin1').toString()) : answer.status;
}

t.test('a name such as __proto__ in the query is a name', async (t) => {
  const names = 'Object.keys(event.request.querystring)';
  const wide = `${own}?__proto__=1&constructor=2`;
  t.strictSame(await told(t, names, wide), ['__proto__', 'constructor']);
});

const ENDLESS = 'for (;;) {}';
for (const [name, body, status] of [
  ['throws', 'throw new Error("of the function")', 503],
  ['never settles', 'return new Promise(() => {})', 503],
  ['runs for ever', ENDLESS, 503],
  ['returns nothing', '', 502],
  ['returns a string', 'return "x"', 502],
  ['changes the method', 'event.request.method = "HEAD"; return event.request', 502],
  ['gives a uri that is no path', 'event.request.uri = "users"; return event.request', 502],
  ['gives a uri with a query', 'event.request.uri = "/a?b"; return event.request', 502],
  ['gives a uri with a line break', 'event.request.uri = "/a\\r\\nb"; return event.request', 502],
  [
    'gives a query that is not encoded',
    'event.request.querystring.v = { value: "a&acl" }; return event.request',
    502,
  ],
  ['sets X-Cache', 'return { statusCode: 200, headers: { "x-cache": { value: "Hit" } } }', 502],
  ['sets X-Amz-Cf-Id', 'return { statusCode: 200, headers: { "x-amz-cf-id": { value: "1" } } }', 502],
  ['sets X-Edge-Any', 'event.request.headers["x-edge-any"] = { value: "1" }; return event.request', 502],
  ['changes Host', 'event.request.headers.host = { value: "other" }; return event.request', 502],
  ['splits a header', 'return { statusCode: 200, headers: { a: { value: "b\\r\\nc: d" } } }', 502],
  ['gives a status that is none', 'return { statusCode: 99, headers: {} }', 502],
  ['gives a body that is none', 'return { statusCode: 200, headers: {}, body: 5 }', 502],
] as const) {
  t.test(`a viewer-request function that ${name} is answered with ${status}`, async (t) => {
    const code = `function handler(event) { ${body} }`;
    const edge = await startEdge({ template: withCode({ request: code }) });
    t.teardown(() => edge.close());
    const answer = await edge.get(own, alice);
    t.equal(answer.status, status);
    t.equal(answer.headers.get('x-cache'), 'Error from cloudfront');
    t.equal(answer.headers.get('cross-origin-resource-policy'), 'same-site', 'the policy applies');
    t.notMatch(answer.body, 'of the function');
    t.equal(edge.origin.requests.length, 0);
  });
}

t.test(
  'an answer of the viewer-request function is given without the viewer-response function',
  async (t) => {
    const request = `function handler() { return { statusCode: 418, statusDescription: "Teapot",
    headers: { "x-a": { value: "1" } }, cookies: { c: { value: "2", attributes: "Path=/" } },
    body: { encoding: "base64", data: "aGk=" } }; }`;
    const edge = await startEdge({ template: withCode({ request: request.replace('418', '200') }) });
    t.teardown(() => edge.close());
    const answer = await edge.get(own, alice);
    t.strictSame([answer.status, answer.body, answer.headers.get('x-a')], [200, 'hi', '1']);
    t.equal(answer.headers.get('set-cookie'), 'c=2; Path=/');
    t.equal(answer.headers.get('x-cache'), 'FunctionGeneratedResponse from cloudfront');
    t.notOk(answer.headers.has('cache-control'), 'the viewer-response function would have set it');
    t.equal(answer.headers.get('x-content-type-options'), 'nosniff', 'the policy applies');
  },
);

t.test('a viewer-response function that fails gives no byte of the object', async (t) => {
  for (const [response, status] of [
    ['function handler() { throw 1 }', 503],
    ['function handler() { return { statusCode: "200" } }', 502],
    [KEEP.replace('return', 'event.response.headers.via = { value: "x" }; return'), 502],
  ] as const) {
    const edge = await startEdge({ template: withCode({ response }) });
    t.teardown(() => edge.close());
    const answer = await edge.get(own, alice);
    t.equal(answer.status, status, response);
    t.notMatch(answer.body, 'the bytes of alice', response);
  }
});
