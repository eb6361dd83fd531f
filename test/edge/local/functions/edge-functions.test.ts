import t, { type Test } from 'tap';
import { isRecord } from '../../../../edge/local/template/shape.ts';
import {
  ALICE,
  asQuery,
  cookiesOf,
  folderPolicy,
  KEEP,
  PASS,
  signPolicy,
  startEdge,
  withCode,
} from '../support/edge.ts';

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

t.test('the event is the one of CloudFront Functions', async (t) => {
  const target = `${own}?b=%41&a=1&a=2&flag&${asQuery(signPolicy(folderPolicy(ALICE)))}`;
  const headers = { Cookie: 'one=1; two=2; one=3', 'X-Twice': 'a', 'x-twice ': 'b' };
  const { 'x-twice ': _bad, ...good } = headers;
  const event = await told(t, '{ event: event, raw: event.request.rawQueryString() }', target, good);
  t.matchOnly(event, {
    event: {
      version: '1.0',
      context: {
        distributionDomainName: 'distribution830fac52.cloudfront.net',
        distributionId: 'Distribution830FAC52',
        eventType: 'viewer-request',
        requestId: String,
      },
      viewer: { ip: '127.0.0.1' },
      request: {
        method: 'GET',
        uri: own,
        querystring: {
          b: { value: '%41' },
          a: { value: '1', multiValue: [{ value: '1' }, { value: '2' }] },
          flag: { value: '' },
        },
        headers: { host: { value: 'localhost:8080' }, 'x-twice': { value: 'a' } },
        cookies: { one: { value: '1', multiValue: [{ value: '1' }, { value: '3' }] }, two: { value: '2' } },
      },
    },
    raw: target.slice(target.indexOf('?') + 1),
  });
  const request: unknown = isRecord(event) && isRecord(event['event']) ? event['event']['request'] : {};
  const query = isRecord(request) && isRecord(request['querystring']) ? request['querystring'] : {};
  t.strictSame(Object.keys(query), ['b', 'a', 'flag'], 'signing parameters are absent');
  t.strictSame(
    Object.keys(isRecord(request) ? (request['headers'] ?? {}) : {}),
    ['host', 'x-twice'],
    'no cookie',
  );
});

t.test('one id names a request to both functions and to the viewer', async (t) => {
  const id = 'event.context.requestId';
  const template = withCode({
    request: `function handler(event) { event.request.headers['x-id'] = { value: ${id} }; return event.request; }`,
    response: `function handler(event) {
      event.response.headers['x-ids'] = { value: event.request.headers['x-id'].value + ' ' + ${id} };
      return event.response; }`,
  });
  const edge = await startEdge({ template });
  t.teardown(() => edge.close());
  edge.origin.objects.set(own.slice(1), { body: Buffer.from('a'), type: 'text/plain' });
  const seen = new Set<string>();
  for (let i = 0; i < 2; i++) {
    const { headers } = await edge.get(own, alice);
    const given = headers.get('x-amz-cf-id') ?? '';
    t.equal(headers.get('x-ids'), `${given} ${given}`);
    seen.add(given);
  }
  t.equal(seen.size, 2);
});

t.test('a name such as __proto__ in the query is a name', async (t) => {
  const names = 'Object.keys(event.request.querystring)';
  const wide = `${own}?__proto__=1&constructor=2`;
  t.strictSame(await told(t, names, wide), ['__proto__', 'constructor']);
});

t.test('the KeyValueStore that is associated is there', async (t) => {
  const entries = new Map([['alice', '{"floor":7}']]);
  t.equal(await told(t, 'await cf.kvs().get("alice")', own, alice, entries), '{"floor":7}');
  t.strictSame(await told(t, 'await cf.kvs().get("alice", { format: "json" })', own, alice, entries), {
    floor: 7,
  });
  t.equal(await told(t, 'await cf.kvs().exists("alice")', own, alice, entries), true);
  t.equal(await told(t, 'await cf.kvs().exists("bob")', own, alice, entries), false);
  t.equal(await told(t, 'await cf.kvs().get("bob").catch(() => "rejected")'), 'rejected');
  t.equal(await told(t, 'await cf.kvs().get("bob")'), 503, 'not caught');
  const broken = new Map();
  broken.get = () => {
    throw new Error('down');
  };
  const both =
    '[await cf.kvs().get("a").catch((e) => e.message), await cf.kvs().exists("a").catch((e) => e.message)]';
  t.strictSame(await told(t, both, own, alice, broken), [
    'the KeyValueStore cannot be read',
    'the KeyValueStore cannot be read',
  ]);
});

t.test('a function may import cloudfront without a store, and fails where it asks for one', async (t) => {
  const importing = (body: string) =>
    withCode({
      response: `import cf from "cloudfront"; function handler(event) { ${body} return event.response; }`,
    });
  for (const [body, status] of [
    ['', 200],
    ['cf.kvs();', 503],
  ] as const) {
    const edge = await startEdge({ template: importing(body) });
    t.teardown(() => edge.close());
    t.equal((await edge.get(own, alice)).status, status, body);
  }
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

t.test('a viewer-response function sees the query without signing parameters, and not errors', async (t) => {
  const response = `function handler(event) { event.response.headers["x-seen"] = {
    value: JSON.stringify([event.context.eventType, event.request.querystring, event.response.statusCode]) };
    return event.response; }`;
  const edge = await startEdge({ template: withCode({ request: PASS, response }) });
  t.teardown(() => edge.close());
  const query = asQuery(signPolicy(folderPolicy(ALICE)));
  const seen = (await edge.get(`${own}?x=1&${query}`)).headers.get('x-seen');
  t.strictSame(JSON.parse(seen ?? '0'), ['viewer-response', { x: { value: '1' } }, 200]);
  const missing = await edge.get(`/users/${ALICE}/none`, alice);
  t.strictSame([missing.status, missing.headers.has('x-seen')], [404, false]);
});

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
