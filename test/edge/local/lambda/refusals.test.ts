import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lambdaTemplate, serveLambdas } from '../support/lambdas.ts';
import { folderOf } from '../support/serve.ts';

const VALIDATION = [502, 'LambdaValidationError from cloudfront'] as const;
const EXECUTION = [503, 'LambdaExecutionError from cloudfront'] as const;

const request = (change: string) =>
  `exports.handler = async (event) => { const { request } = event.Records[0].cf; ${change}; return request; };`;
const response = (change: string) =>
  `exports.handler = async (event) => { const { response } = event.Records[0].cf; ${change}; return response; };`;
const returning = (value: string) => `exports.handler = async () => (${value});`;

type Case = [event: string, code: string, reason: RegExp | string];

const invalid: Case[] = [
  ['viewer-request', returning('undefined'), 'the JSON that was returned is not an object'],
  ['viewer-request', returning('"words"'), 'the JSON that was returned is not an object'],
  ['viewer-request', 'exports.handler = () => {};', 'the JSON that was returned is not an object'],
  ['viewer-request', returning('{ headers: {} }'), 'host cannot be removed'],
  ['viewer-request', request('delete request.method'), 'the method cannot be changed'],
  ['viewer-request', request('request.method = "HEAD"'), 'the method cannot be changed'],
  ['viewer-request', request('request.uri = "a"'), 'uri is not a path'],
  ['viewer-request', request('request.uri = "/a?b"'), 'uri is not a path'],
  ['viewer-request', request('request.querystring = "a b"'), 'querystring is not encoded'],
  ['viewer-request', request('request.querystring = "a#b"'), 'querystring is not encoded'],
  ['viewer-request', request('request.querystring = {}'), 'querystring is not a string'],
  ['viewer-request', request('request.uri = "/" + "a".repeat(8192)'), 'uri and querystring are too long'],
  ['viewer-request', request('request.headers = []'), 'headers is not an object'],
  ['viewer-request', request('request.headers.a = { value: "b" }'), 'an entry of headers is not a list'],
  ['viewer-request', request('request.headers.a = [{ key: "A" }]'), 'an entry of headers has no value'],
  ['viewer-request', request('request.headers["a b"] = [{ value: "c" }]'), 'a b is not a header name'],
  [
    'viewer-request',
    request('request.headers.a = [{ value: "b\\r\\nc: d" }]'),
    /characters that no header has/,
  ],
  ['viewer-request', request('request.headers.host[0].value = "b"'), 'host is not for functions'],
  ['viewer-request', request('delete request.headers.host'), 'host cannot be removed'],
  ['viewer-request', request('request.headers.via = [{ value: "b" }]'), 'via is not for functions'],
  [
    'viewer-request',
    request('request.headers.Connection = [{ value: "b" }]'),
    'connection is not for functions',
  ],
  [
    'viewer-request',
    request('request.headers["x-cache"] = [{ value: "b" }]'),
    'x-cache is not for functions',
  ],
  [
    'viewer-request',
    request('request.headers["x-edge-a"] = [{ value: "b" }]'),
    'x-edge-a is not for functions',
  ],
  [
    'viewer-request',
    request('request.headers["cloudfront-viewer-country"] = [{ value: "DE" }]'),
    'cloudfront-viewer-country is not for viewer-request functions',
  ],
  [
    'origin-request',
    request('request.headers["if-none-match"] = [{ value: "b" }]'),
    'if-none-match is not for functions',
  ],
  [
    'origin-request',
    request('request.headers["accept-encoding"] = [{ value: "br" }]'),
    'accept-encoding is not for functions',
  ],
  ['origin-request', request('delete request.headers.via'), 'via cannot be removed'],
  ['origin-request', request('request.origin = {}'), 'origin is not exactly one of s3 and custom'],
  [
    'origin-request',
    request('request.origin.s3 = request.origin.custom'),
    'origin is not exactly one of s3 and custom',
  ],
  [
    'origin-request',
    request('request.origin.custom.domainName = ""'),
    'origin.domainName is not a domain name',
  ],
  [
    'origin-request',
    request('request.origin.custom.domainName = "a:1"'),
    'origin.domainName is not a domain name',
  ],
  [
    'origin-request',
    request('request.origin.custom.path = "a/"'),
    /^origin\.path does not begin with a slash/,
  ],
  [
    'origin-request',
    request('request.origin.custom.port = 22'),
    'origin.port is not 80, 443 or from 1024 to 65535',
  ],
  [
    'origin-request',
    request('request.origin.custom.protocol = "ftp"'),
    'origin.protocol is neither http nor https',
  ],
  [
    'origin-request',
    request('request.origin.custom.customHeaders = 5'),
    'origin.customHeaders is not an object',
  ],
  ['viewer-request', returning('{ status: "600" }'), 'statusCode is not a status'],
  ['viewer-request', returning('{ status: 199 }'), 'statusCode is not a status'],
  ['viewer-request', returning('{ status: "200 " }'), 'statusCode is not a status'],
  ['viewer-request', returning('{ status: " 200" }'), 'statusCode is not a status'],
  ['viewer-request', returning('{ status: "204", body: "a" }'), 'a response with status 204 has a body'],
  ['viewer-request', returning('{ status: "200", body: 5 }'), 'body is neither text nor base64'],
  [
    'viewer-request',
    returning('{ status: "200", body: "a", bodyEncoding: "hex" }'),
    'body is neither text nor base64',
  ],
  [
    'viewer-request',
    returning('{ status: "200", body: "a?", bodyEncoding: "base64" }'),
    'body is not base64',
  ],
  [
    'viewer-request',
    returning('{ status: "200", body: "a".repeat(40961) }'),
    'the response is larger than 40960 bytes',
  ],
  [
    'viewer-request',
    returning('{ status: "200", body: "a", headers: { a: [{ value: "b".repeat(40960) }] } }'),
    'the response is larger than 40960 bytes',
  ],
  [
    'origin-request',
    returning('{ status: "200", body: "a".repeat(1048577) }'),
    'the response is larger than 1048576 bytes',
  ],
  [
    'origin-response',
    response('response.body = "a".repeat(1048577)'),
    'the response is larger than 1048576 bytes',
  ],
  ['origin-response', response('response.headers.via = [{ value: "b" }]'), 'via is not for functions'],
  [
    'viewer-response',
    response('response.headers.warning = [{ value: "b" }]'),
    'warning is not for functions',
  ],
  [
    'viewer-response',
    response('response.status = "201"'),
    'a viewer-response function cannot change the status',
  ],
];

const failing: Case[] = [
  [
    'viewer-request',
    'exports.handler = async () => {\n  throw new TypeError("of it");\n};',
    'threw TypeError: of it (line 2)',
  ],
  [
    'origin-request',
    'exports.handler = () => {\n\n  none();\n};',
    /^threw ReferenceError: none is not defined \(line 3\)$/,
  ],
  [
    'origin-response',
    'exports.handler = (event, context, callback) => callback(new Error("told"));',
    /^threw Error: told \(line 1\)$/,
  ],
  ['viewer-response', 'exports.handler = (event, context, callback) => callback("words");', 'threw words'],
  ['viewer-request', 'exports.other = 5;', 'threw Error: handler is not a function that the module exports'],
  ['viewer-request', 'none();', /^threw ReferenceError: none is not defined \(line 1\)$/],
  ['viewer-request', 'require("./none");', /^threw Error: Cannot find module/],
  [
    'viewer-request',
    'exports.handler = () => { setTimeout(() => { throw new Error("later"); }); return new Promise(() => {}); };',
    /^threw Error: later/,
  ],
  ['viewer-request', returning('{ get status() { throw new Error("no JSON"); } }'), /^threw Error: no JSON/],
];

t.test('what a function must not give is 502, with the reason', async (t) => {
  for (const [event, code, reason] of invalid) {
    const web = await serveLambdas(t, lambdaTemplate({ [event]: code }));
    const { status, headers, body } = await web.ask('/a?secret=5');
    t.strictSame([status, headers['x-cache']], VALIDATION, code);
    t.match(body.toString(), 'The Lambda function result failed validation.');
    t.equal(web.printed.length, 1, code);
    t.match(web.printed[0]?.replace(/^On0 502: /, ''), reason, code);
    t.match(web.decisions, [{ clause: 'invalid_result', given: /^On0: / }]);
  }
});

t.test(
  'a function that fails is 503, with its name and line, and without what it threw to the viewer',
  async (t) => {
    for (const [event, code, reason] of failing) {
      const web = await serveLambdas(t, lambdaTemplate({ [event]: code }));
      const { status, headers, body } = await web.ask('/a');
      t.strictSame([status, headers['x-cache']], EXECUTION, code);
      t.notMatch(body.toString(), /threw|line/);
      t.equal(web.printed.length, 1, code);
      t.match(web.printed[0]?.replace(/^On0 503: /, ''), reason, code);
      t.match(web.decisions, [{ clause: 'function_error', given: /^On0(?: \(line \d\))?$/ }]);
    }
  },
);

t.test('the limits of size are those of AWS, to the byte', async (t) => {
  for (const [event, body] of [
    ['viewer-request', '"a".repeat(40960)'],
    ['origin-request', '"a".repeat(1048576)'],
  ] as const) {
    const web = await serveLambdas(
      t,
      lambdaTemplate({ [event]: returning(`{ status: "200", body: ${body} }`) }),
    );
    t.equal((await web.ask('/a')).status, 200, event);
  }
});

t.test('what a handler has left behind ends its environment, and nothing else', async (t) => {
  const code = `let calls = 0;
  exports.handler = async () => {
    setImmediate(() => { throw new Error('late'); });
    return { status: '200', body: String(++calls) }; };`;
  const web = await serveLambdas(t, lambdaTemplate({ 'viewer-request': { Code: { ZipFile: code } } }));
  // The failure may come before the answer, which is 503 then.
  for (let answered = 0; answered < 3; ) {
    const { status, body } = await web.ask('/a');
    if (status === 200 && String(body) === '1') answered++;
  }
  t.equal(web.printed.filter((line) => !line.startsWith('On0 503')).length, 0);
});

t.test('a call ends after its time, also an endless loop, and the next one runs', async (t) => {
  const code = `exports.handler = async (event) => {
    const { uri } = event.Records[0].cf.request;
    if (uri === '/loop') for (;;) {}
    if (uri === '/wait') await new Promise((resolve) => setTimeout(resolve, 60000));
    if (uri === '/memory') { const all = []; for (;;) all.push(new Array(100000).fill(uri + all.length)); }
    return { status: '200' }; };`;
  const properties = { Code: { ZipFile: code }, Timeout: 1 };
  const web = await serveLambdas(t, lambdaTemplate({ 'viewer-request': properties }));
  for (const path of ['/loop', '/wait', '/memory']) {
    const { status, headers } = await web.ask(path);
    t.strictSame([status, headers['x-cache']], EXECUTION, path);
    t.equal((await web.ask('/a')).status, 200, `after ${path}`);
  }
  t.match(web.printed.slice(0, 2), [
    'On0 503: it ran for more than 1 seconds',
    'On0 503: it ran for more than 1 seconds',
  ]);
});

t.test('the runtime for Node.js 24 calls no handler that takes a callback', async (t) => {
  const code = 'exports.handler = (event, context, callback) => callback(null, { status: "200" });';
  for (const [Runtime, status] of [
    ['nodejs22.x', 200],
    ['nodejs24.x', 503],
  ] as const) {
    const web = await serveLambdas(
      t,
      lambdaTemplate({ 'viewer-request': { Code: { ZipFile: code }, Runtime } }),
    );
    t.equal((await web.ask('/a')).status, status, Runtime);
  }
});

t.test('a module in a file is named with its line', async (t) => {
  const folder = folderOf(t, {});
  const file = join(folder, 'edge.mjs');
  writeFileSync(file, 'export const handler = async () => {\n  throw new Error("in the file");\n};\n');
  const template = lambdaTemplate({ 'viewer-request': { Code: { S3Bucket: 'b', S3Key: 'k' } } });
  const web = await serveLambdas(t, template, { lambdas: { On0: file } });
  t.equal((await web.ask('/a')).status, 503);
  t.strictSame(web.printed, ['On0 503: threw Error: in the file (line 2)']);
});
