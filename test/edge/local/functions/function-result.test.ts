import t from 'tap';
import type { Answer } from '../../../../edge/local/viewer/answer.ts';
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
