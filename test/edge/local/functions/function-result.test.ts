import t from 'tap';
import { withGenerated } from '../../../../edge/local/functions/function-event.ts';
import type { HeaderFields } from '../../../../edge/local/viewer/answer.ts';
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
