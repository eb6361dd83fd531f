import { Readable } from 'node:stream';
import t from 'tap';
import { withGenerated } from '../../../../edge/local/functions/function-event.ts';
import { parseOriginChange } from '../../../../edge/local/functions/function-result.ts';
import type { Answer, HeaderFields } from '../../../../edge/local/viewer/answer.ts';
import type { ViewerRequest } from '../../../../edge/local/viewer/viewer-request.ts';
import { functionsOf, viewer } from './support/run.ts';

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

/** The name of what happens to what a viewer-request function gives. */
async function outcomeOf(body: string, changed: Partial<ViewerRequest> = {}): Promise<unknown> {
  const request = `function handler(event) { var r = event.request; ${body} }`;
  try {
    const passed = await functionsOf({ request }).onRequest({ ...viewer, ...changed });
    return 'answer' in passed ? passed.answer : 'taken';
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error && error.cause.message;
  }
}

t.test('a request is taken up to the bounds of CloudFront', async (t) => {
  for (const [body, outcome] of [
    ['r.uri = "/" + "a".repeat(8190); return r;', 'taken'],
    ['r.uri = "/" + "a".repeat(8191); return r;', 'uri and querystring are too long'],
    ['r.uri = "/"; r.querystring = { a: { value: "b".repeat(8187) } }; return r;', 'taken'],
    [
      'r.uri = "/"; r.querystring = { a: { value: "b".repeat(8188) } }; return r;',
      'uri and querystring are too long',
    ],
    ['r.uri = "a/b"; return r;', 'uri is not a path'],
    ['r.headers.a = undefined; return r;', 'taken'],
    ['r.headers["ax-edge-b"] = { value: "c" }; return r;', 'taken'],
    ['r.headers[" a"] = { value: "c" }; return r;', ' a is not a header name'],
    ['r.headers["a "] = { value: "c" }; return r;', 'a  is not a header name'],
    ['r.headers.A = { value: "c" }; return r;', 'A is not a header name'],
  ] as const)
    t.equal(await outcomeOf(body), outcome, body);
});

t.test('an answer is taken up to the bounds of CloudFront', async (t) => {
  const wrong = 'statusCode is not a status';
  for (const [given, outcome] of [
    ['{ statusCode: 200 }', { status: 200 }],
    ['{ statusCode: 599 }', { status: 599 }],
    ['{ statusCode: 199 }', wrong],
    ['{ statusCode: 600 }', wrong],
    ['{ statusCode: 200.5 }', wrong],
    ['{ statusCode: "200" }', wrong],
    ['{ statusCode: 200, body: { encoding: "hex", data: "aa" } }', 'body is neither text nor base64'],
    ['{ statusCode: 200, body: { encoding: "text", data: 5 } }', 'body is neither text nor base64'],
    ['{ statusCode: 200, statusDescription: "Fine" }', { statusText: 'Fine' }],
    ['{ statusCode: 200, statusDescription: "a\\nb" }', { statusText: undefined }],
    ['{ statusCode: 200, statusDescription: 5 }', { statusText: undefined }],
  ] as const) {
    const answer = await outcomeOf(`return ${given};`);
    t.match(answer, outcome, given);
  }
  const made = { server: ['CloudFront'], 'x-cache': ['FunctionGeneratedResponse from cloudfront'] };
  t.strictSame(await outcomeOf('return { statusCode: 204 };'), {
    ...{ status: 204, body: Buffer.alloc(0), headers: new Map(Object.entries(made)) },
  });
});

t.test('without a function, and without cookies for the origin, a request has no cookies', async (t) => {
  const headers = new Map([['cookie', ['=0; a=1; b=2; b=3']]]);
  const asked = { ...viewer, rawQuery: 'b=2', headers };
  const passed = { uri: viewer.rawPath, querystring: { b: { value: '2' } }, headers };
  const cookies = { a: { value: '1' }, b: { value: '2', multiValue: [{ value: '2' }, { value: '3' }] } };
  t.strictSame(await functionsOf({}).onRequest(asked), passed);
  t.strictSame(await functionsOf({}, { takesCookies: true }).onRequest(asked), { ...passed, cookies });
  const request = 'function handler(event) { delete event.request.cookies; return event.request; }';
  t.match(await functionsOf({ request }, { takesCookies: true }).onRequest(asked), { cookies: {} });
  t.notOk('cookies' in (await functionsOf({ request }).onRequest(asked)));
  const told = await outcomeOf('return { statusCode: 200, body: JSON.stringify(r.cookies) };', { headers });
  t.match(told, { body: Buffer.from(JSON.stringify(cookies)) });
});

const DEVICES = ['android', 'desktop', 'ios', 'mobile', 'smarttv', 'tablet'];

t.test('CloudFront tells the kind of the device by its User-Agent', async (t) => {
  for (const [agent, kinds] of [
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148', ['ios', 'mobile']],
    ['Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Mobile/15E148', ['ios', 'mobile', 'tablet']],
    ['Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130 Mobile Safari/537.36', ['android', 'mobile']],
    ['Mozilla/5.0 (Linux; Android 15; Tab) Chrome/130 Safari/537.36', ['android', 'mobile', 'tablet']],
    ['Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) TV', ['smarttv']],
    ['Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36', ['desktop']],
    [undefined, ['desktop']],
  ] as const) {
    const headers: HeaderFields = new Map(agent ? [['user-agent', [agent]]] : []);
    const names = DEVICES.map((kind) => `cloudfront-is-${kind}-viewer`);
    const told = withGenerated({ ...viewer, headers }, names, {});
    t.strictSame(
      DEVICES.filter((kind) => told.get(`cloudfront-is-${kind}-viewer`)?.[0] === 'true'),
      kinds,
      `${agent}`,
    );
    t.equal([...told].filter(([, [value]]) => value === 'false').length, DEVICES.length - kinds.length);
  }
});

t.test('CloudFront tells of the connection, and of what it was given', async (t) => {
  const headers: HeaderFields = new Map([
    ['host', ['a']],
    ['cloudfront-viewer-city', ['of the viewer']],
    ['accept', ['b']],
  ]);
  for (const [name, given, value] of [
    ['forwarded-proto', {}, 'http'],
    ['viewer-address', {}, '127.0.0.1:1'],
    ['viewer-http-version', {}, '1.1'],
    ['viewer-header-count', {}, '3'],
    ['viewer-header-order', {}, 'host:cloudfront-viewer-city:accept'],
    ['viewer-city', {}, undefined],
    ['viewer-city', { 'cloudfront-viewer-city': 'Berlin' }, 'Berlin'],
    ['viewer-http-version', { 'cloudfront-viewer-http-version': '2.0' }, '2.0'],
  ] as const) {
    const told = withGenerated({ ...viewer, headers }, [`cloudfront-${name}`], given);
    t.equal(told.get(`cloudfront-${name}`)?.[0], value, `${name} ${JSON.stringify(given)}`);
  }
  const origin = 'https://localhost:8080';
  const told = withGenerated({ ...viewer, origin }, ['cloudfront-forwarded-proto'], {});
  t.equal(told.get('cloudfront-forwarded-proto')?.[0], 'https');
});

t.test('fewer values of a header are other values', async (t) => {
  const headers = new Map([
    ['a', ['1', '2']],
    ['te', ['trailers']],
  ]);
  const request = `function handler(event) { var r = event.request;
    if ('te' in r.headers) throw new Error('of one connection');
    delete r.headers.a.multiValue; return r; }`;
  const passed = await functionsOf({ request }).onRequest({ ...viewer, headers });
  t.strictSame('headers' in passed && [...passed.headers], [['a', ['1']]]);
  const last = request.replace('delete r.headers.a.multiValue', 'r.headers.a.multiValue[1].value = "3"');
  const other = await functionsOf({ request: last }).onRequest({ ...viewer, headers });
  t.strictSame('headers' in other && [...other.headers], [['a', ['1', '3']]]);
});

t.test('a change of the origin is read as what it says, or not taken', async (t) => {
  const group = (originIds: unknown, failoverCriteria: unknown = { statusCodes: [500, '503'] }) =>
    ({ kind: 'group', argument: { originIds, failoverCriteria } }) as const;
  const all = {
    ...{ domainName: 'a.example', originPath: '/a/b/', customHeaders: { 'X-A': 1 }, connectionAttempts: 2 },
    ...{ timeouts: { connectionTimeout: 3, readTimeout: 4 }, originAccessControlConfig: { enabled: true } },
  };
  const none = {
    ...{ domainName: 1, originPath: 1, customHeaders: 'a', connectionAttempts: '2', timeouts: 'a' },
    originAccessControlConfig: 'a',
  };
  for (const [given, change] of [
    [
      { kind: 'select', argument: 'a' },
      { kind: 'select', originId: 'a' },
    ],
    [
      { kind: 'update', argument: all },
      {
        kind: 'update',
        changes: {
          ...{ domainName: 'a.example', path: '/a/b', customHeaders: { 'x-a': '1' }, connectionAttempts: 2 },
          ...{ connectionTimeoutSeconds: 3, responseTimeoutSeconds: 4, isSigned: true },
        },
      },
    ],
    [
      { kind: 'update', argument: none },
      { kind: 'update', changes: {} },
    ],
    [
      { kind: 'update', argument: { timeouts: { readTimeout: '4' }, originAccessControlConfig: {} } },
      { kind: 'update', changes: { isSigned: false } },
    ],
    [group([{ originId: 'a' }, 'b']), { kind: 'group', originIds: ['a', 'b'], statuses: [500, 503] }],
  ] as const)
    t.strictSame(parseOriginChange(JSON.stringify(given)), change, JSON.stringify(given));
  for (const given of [
    { kind: 'select', argument: {} },
    { kind: 'update', argument: 'a' },
    { kind: 'group', argument: 'a' },
    group(['a']),
    group(['a', 'b', 'c']),
    group('a'),
    group(['a', 'b'], {}),
    group(['a', 'b'], 'a'),
    { kind: 'other', argument: 'a' },
    { kind: 'other', argument: { originIds: ['a', 'b'], failoverCriteria: { statusCodes: [500] } } },
  ])
    t.throws(() => parseOriginChange(JSON.stringify(given)), {
      message: `${given.kind}: CloudFront would not take ${JSON.stringify(given.argument)}`,
    });
  t.throws(() => parseOriginChange('5'), /CloudFront would not take/);
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

t.test('a body in its place ends the one of the object, and an error has no function', async (t) => {
  const response = 'function handler(event) { event.response.body = "new"; return event.response; }';
  const stream = Readable.from(['old']);
  const answer = await functionsOf({ response }).onResponse(viewer, { ...object(), body: stream });
  t.equal(String(answer.body), 'new');
  t.ok(stream.destroyed);
  const { headers } = await functionsOf({
    response: response.replace('event.response.body = "new"', 'event.response.cookies = {}'),
  }).onResponse(viewer, object());
  t.notOk(headers.has('set-cookie'));
  for (const status of [400, 404]) {
    const error = { ...object(), status };
    t.equal(await functionsOf({ response }).onResponse(viewer, error), error, `${status}`);
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
