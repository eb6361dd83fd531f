import t from 'tap';
import { lambdaTemplate, serveLambdas } from '../support/lambdas.ts';
import { echo, folderOf, serverOf } from '../support/serve.ts';

const told = ({ body }: { body: Buffer }) => JSON.parse(body.toString());

/** A request trigger that answers with its event. */
const TELL = `exports.handler = async (event) => ({ status: '200', body: JSON.stringify(event) });`;

t.test('a viewer-request event is the one that AWS describes', async (t) => {
  const web = await serveLambdas(t, lambdaTemplate({ 'viewer-request': TELL }), {
    viewerHeaders: { 'CloudFront-Viewer-Country': 'DE' },
  });
  const { headers, ...answer } = await web.ask('/a%20b?z=1&a=%41', {
    headers: { 'x-own': '1', cookie: 'a=1; b=2', 'x-forwarded-proto': 'https' },
  });
  t.strictSame(told(answer), {
    Records: [
      {
        cf: {
          config: {
            distributionDomainName: 'web.cloudfront.net',
            distributionId: 'Web',
            eventType: 'viewer-request',
            requestId: headers['x-amz-cf-id'],
          },
          request: {
            clientIp: '127.0.0.1',
            headers: {
              host: [{ key: 'Host', value: 'localhost:8080' }],
              'x-own': [{ key: 'X-Own', value: '1' }],
              cookie: [{ key: 'Cookie', value: 'a=1; b=2' }],
            },
            method: 'GET',
            querystring: 'z=1&a=%41',
            uri: '/a%20b',
          },
        },
      },
    ],
  });
  t.match(headers, { server: 'CloudFront', 'x-cache': 'LambdaGeneratedResponse from cloudfront' });
});

t.test('an origin-request event has the request for the origin, and the origin', async (t) => {
  const web = await serveLambdas(t, lambdaTemplate({ 'origin-request': TELL }), {
    viewerHeaders: { 'CloudFront-Viewer-Country': 'DE' },
  });
  const { cf } = told(await web.ask('/a?b=1', { headers: { 'x-own': '1', 'x-other': '2' } })).Records[0];
  t.equal(cf.config.eventType, 'origin-request');
  t.match(cf.request, { clientIp: '127.0.0.1', method: 'GET', uri: '/a', querystring: 'b=1' });
  t.match(cf.request.headers, {
    'user-agent': [{ key: 'User-Agent', value: 'Amazon CloudFront' }],
    'x-forwarded-for': [{ key: 'X-Forwarded-For', value: '127.0.0.1' }],
    via: [{ key: 'Via', value: /^1\.1 web\.cloudfront\.net \(CloudFront\)$/ }],
    host: [{ key: 'Host', value: 'app.example.com' }],
    'x-own': [{ key: 'X-Own', value: '1' }],
    'cloudfront-viewer-country': [{ key: 'Cloudfront-Viewer-Country', value: 'DE' }],
  });
  t.notOk(cf.request.headers['x-other'], 'no policy takes it to the origin');
  t.strictSame(cf.request.origin, {
    custom: {
      customHeaders: { 'x-key': [{ key: 'X-Key', value: 'k' }] },
      ...{ domainName: 'app.example.com', path: '/v1', keepaliveTimeout: 5, port: 443, protocol: 'https' },
      ...{ readTimeout: 30, sslProtocols: ['TLSv1.2'] },
    },
  });
  const files = await serveLambdas(
    t,
    lambdaTemplate({ 'origin-request': TELL }, { TargetOriginId: 'files' }),
  );
  t.strictSame(told(await files.ask('/a')).Records[0].cf.request.origin, {
    s3: {
      ...{ customHeaders: {}, domainName: 'files.s3.eu-west-1.amazonaws.com', path: '' },
      ...{ authMethod: 'none', region: 'eu-west-1' },
    },
  });
});

t.test('the four triggers run in order, those of the origin on a miss only', async (t) => {
  const mark = (name: string) => `exports.handler = async (event) => {
    const { request, response } = event.Records[0].cf;
    console.log('${name}', request.uri);
    if (!response) { request.headers['x-own'] = [{ value: (request.headers['x-own']?.[0].value ?? '') + '${name},' }]; return request; }
    response.headers['x-${name}'] = [{ key: 'X-Mark', value: response.status + ' ' + response.statusDescription }];
    return response;
  };`;
  const web = await serveLambdas(
    t,
    lambdaTemplate({
      'viewer-request': mark('viewer-request'),
      'origin-request': mark('origin-request'),
      'origin-response': mark('origin-response'),
      'viewer-response': mark('viewer-response'),
    }),
  );
  const first = await web.ask('/a');
  t.equal(told(first).headers['x-own'], 'viewer-request,origin-request,');
  t.match(first.headers, { 'x-origin-response': '200 OK', 'x-viewer-response': /^200/ });
  t.equal((await web.ask('/a')).headers['x-cache'], 'Hit from cloudfront');
  t.strictSame(
    web.printed.map((line) => line.replace(/^On\d /, '')),
    [
      ...['viewer-request /a', 'origin-request /a', 'origin-response /a', 'viewer-response /a'],
      ...['viewer-request /a', 'viewer-response /a'],
    ],
  );
});

t.test(
  'a request that a viewer-request function changes chooses the object, and not the origin',
  async (t) => {
    const code = `exports.handler = (event, context, callback) => {
    const request = event.Records[0].cf.request;
    request.uri = '/b/' + context.functionName; request.querystring = 'c=2&a=1';
    request.headers['x-own'] = [{ key: 'x-own', value: 'set' }];
    request.headers.cookie = [{ key: 'Cookie', value: 'd=4' }];
    callback(null, request);
  };`;
    const web = await serveLambdas(t, lambdaTemplate({ 'viewer-request': code }));
    const { url, headers } = told(await web.ask('/a?z=1', { headers: { cookie: 'c=3' } }));
    t.equal(url, '/v1/b/us-east-1.On0?c=2&a=1');
    t.match(headers, { 'x-own': 'set', cookie: 'd=4', 'x-key': 'k' });
  },
);

t.test('an origin-request function sends a request as it likes', async (t) => {
  const code = `exports.handler = async (event) => {
    const { request } = event.Records[0].cf;
    request.uri = '/changed'; request.querystring = 'q=%20';
    delete request.headers['x-own'];
    request.headers['x-added'] = [{ value: 'one' }, { value: 'two' }];
    request.headers.host = [{ value: 'other.example.com' }];
    return request;
  };`;
  const web = await serveLambdas(t, lambdaTemplate({ 'origin-request': code }));
  const { url, headers } = told(await web.ask('/a?z=1', { headers: { 'x-own': '1' } }));
  t.equal(url, '/v1/changed?q=%20');
  t.match(headers, { host: 'other.example.com', 'x-added': 'one, two', 'user-agent': 'Amazon CloudFront' });
  t.notOk(headers['x-own']);
  t.equal((await web.ask('/a?z=1', { headers: { 'x-own': '1' } })).headers['x-cache'], 'Hit from cloudfront');
  t.equal((await web.ask('/a', { headers: { 'x-own': '1' } })).headers['x-cache'], 'Miss from cloudfront');
});

t.test('an origin-request function that changes nothing leaves the request as it was', async (t) => {
  const pass = 'exports.handler = async (event) => event.Records[0].cf.request;';
  const plain = await serveLambdas(t, lambdaTemplate({}));
  const passed = await serveLambdas(t, lambdaTemplate({ 'origin-request': pass }));
  const asked = { headers: { 'x-own': '1', 'x-forwarded-for': '192.0.2.1' } };
  const [one, two] = [told(await plain.ask('/a?b', asked)), told(await passed.ask('/a?b', asked))];
  for (const { headers } of [one, two]) for (const name of ['host', 'x-amz-cf-id']) delete headers[name];
  t.strictSame(two, one);
});

t.test('an origin-request function chooses another origin', async (t) => {
  const code = `exports.handler = async (event) => {
    const { request } = event.Records[0].cf;
    if (request.uri.startsWith('/s3')) {
      request.origin = { s3: { domainName: 'other.s3.us-east-1.amazonaws.com', region: 'us-east-1', authMethod: 'none', path: '/below', customHeaders: {} } };
      request.headers.host = [{ key: 'Host', value: 'other.s3.us-east-1.amazonaws.com' }];
    } else if (request.uri.startsWith('/none')) {
      request.origin.custom.domainName = 'none.example.com';
    } else {
      request.origin.custom.domainName = 'second.example.com';
      request.origin.custom.path = '/v2';
      request.origin.custom.customHeaders = { 'x-key': [{ key: 'X-Key', value: 'other' }] };
    }
    return request;
  };`;
  const other = { folder: folderOf(t, { 'below/s3.txt': 'from the bucket' }) };
  const second = { url: await serverOf(t) };
  const web = await serveLambdas(t, lambdaTemplate({ 'origin-request': code }), {
    origins: { other, 'second.example.com': second },
  });
  t.equal((await web.ask('/s3.txt')).body.toString(), 'from the bucket');
  t.match(told(await web.ask('/a')), { url: '/v2/a', headers: { 'x-key': 'other' } });
  const none = await web.ask('/none');
  t.equal(none.status, 502);
  t.match(none.body.toString(), /No binding names the place of none\.example\.com/);
});

t.test('what an origin-request function makes is kept, without an origin-response function', async (t) => {
  const web = await serveLambdas(
    t,
    lambdaTemplate({
      'origin-request': `let calls = 0; exports.handler = async () => ({ status: 302, statusDescription: 'Found',
        headers: { location: [{ key: 'Location', value: '/b' }], 'x-calls': [{ value: String(++calls) }] } });`,
      'origin-response': `exports.handler = async () => { throw new Error('not for generated answers'); };`,
    }),
  );
  const first = await web.ask('/a');
  t.match([first.status, first.headers], [302, { location: '/b', 'x-calls': '1' }]);
  t.match((await web.ask('/a')).headers, { 'x-calls': '1', 'x-cache': 'Hit from cloudfront' });
  t.match((await web.ask('/b')).headers, { 'x-calls': '2' }, 'one environment keeps its variables');
});

t.test('an origin-response function sees errors, and replaces status and body', async (t) => {
  const code = `exports.handler = async (event) => {
    const { request, response } = event.Records[0].cf;
    if (response.status === '404') { response.status = 200; response.body = 'b64' ; response.body = Buffer.from('found').toString('base64'); response.bodyEncoding = 'base64'; }
    response.headers['x-uri'] = [{ value: request.uri + ' ' + request.origin.custom.domainName }];
    return response;
  };`;
  const url = await serverOf(t, (_request, response) =>
    response.writeHead(404, { 'x-a': '1' }).end('missing'),
  );
  const web = await serveLambdas(t, lambdaTemplate({ 'origin-response': code }), {
    origins: { app: { url } },
  });
  const { status, headers, body } = await web.ask('/a');
  t.strictSame([status, body.toString(), headers['content-length']], [200, 'found', '5']);
  t.match(headers, { 'x-a': '1', 'x-uri': '/a app.example.com' });
});

t.test('a viewer-response function changes headers alone, and runs below 400 only', async (t) => {
  const code = `exports.handler = async (event) => {
    const { response } = event.Records[0].cf;
    response.headers['set-cookie'] = [{ value: 'a=1' }, { value: 'b=2' }];
    response.body = 'not for viewers';
    return response;
  };`;
  const url = await serverOf(t, (request, response) =>
    request.url === '/v1/none' ? response.writeHead(404).end() : echo(request, response),
  );
  const web = await serveLambdas(t, lambdaTemplate({ 'viewer-response': code }), {
    origins: { app: { url } },
  });
  const good = await web.ask('/a');
  t.strictSame(good.headers['set-cookie'], ['a=1', 'b=2']);
  t.equal(told(good).url, '/v1/a');
  t.notOk((await web.ask('/none')).headers['set-cookie']);
});

t.test('functions see a body if they are asked to, cut to the limit, and may replace it', async (t) => {
  const body = 'x'.repeat(50_000);
  const associate = (event: string) => ({
    LambdaFunctionAssociations: [{ EventType: event, IncludeBody: true, LambdaFunctionARN: { Ref: 'V0' } }],
  });
  const tell = `exports.handler = async (event) => { const { request } = event.Records[0].cf;
    if (request.uri === '/replace') { request.body.action = 'replace'; request.body.encoding = 'text'; request.body.data = 'other'; return request; }
    if (request.uri === '/long') { request.body = { action: 'replace', encoding: 'text', data: 'y'.repeat(1200000) }; return request; }
    if (request.uri === '/pass') { request.body.data = 'ignored'; return request; }
    const { data, ...rest } = request.body;
    return { status: '200', body: JSON.stringify({ ...rest, length: Buffer.from(data, 'base64').length }) }; };`;
  for (const [event, limit] of [
    ['viewer-request', 40 * 1_024],
    ['origin-request', 1_024 * 1_024],
  ] as const) {
    const template = lambdaTemplate({ [event]: tell }, associate(event));
    const web = await serveLambdas(t, template);
    const post = { method: 'POST', body, headers: { 'content-type': 'text/plain' } };
    const length = Math.min(body.length, limit);
    t.strictSame(told(await web.ask('/tell', post)), {
      ...{ inputTruncated: length < body.length, action: 'read-only', encoding: 'base64', length },
    });
    t.equal(told(await web.ask('/pass', post)).body, body, 'the whole body goes on');
    t.match(told(await web.ask('/replace', post)), { body: 'other', headers: { 'content-length': '5' } });
    t.equal(told(await web.ask('/long', post)).body.length, limit, 'a new body is cut as well');
    t.strictSame(told(await web.ask('/tell')).length, 0, 'a request without a body');
  }
});

t.test(
  'functions run for both origins of a group, and no second origin stands in for a function',
  async (t) => {
    const template = (code: string) => {
      const made = lambdaTemplate({ 'origin-request': code }, { TargetOriginId: 'both' });
      const text = JSON.stringify(made).replace(
        '"DefaultCacheBehavior"',
        `"OriginGroups":{"Quantity":1,"Items":[{"Id":"both","FailoverCriteria":{"StatusCodes":{"Quantity":1,"Items":[403]}},
        "Members":{"Quantity":2,"Items":[{"OriginId":"files"},{"OriginId":"app"}]}}]},"DefaultCacheBehavior"`,
      );
      return JSON.parse(text);
    };
    const pass = `exports.handler = async (event) => { const { request } = event.Records[0].cf; console.log(Object.keys(request.origin)[0]); return request; };`;
    const web = await serveLambdas(t, template(pass), { origins: { files: { folder: folderOf(t, {}) } } });
    t.equal(told(await web.ask('/a')).url, '/v1/a');
    t.strictSame(web.printed, ['On0 s3', 'On0 custom']);
    const broken = await serveLambdas(
      t,
      template('exports.handler = async () => { throw new Error("no"); };'),
    );
    t.equal((await broken.ask('/a')).status, 503);
    t.equal(broken.printed.length, 1);
  },
);

t.test('calls at the same time have environments of their own', async (t) => {
  const code = `let running = 0; exports.handler = async (event) => {
    running++; const most = running; await new Promise((resolve) => setTimeout(resolve, 20)); running--;
    return { status: '200', body: String(most) }; };`;
  const web = await serveLambdas(t, lambdaTemplate({ 'viewer-request': code }));
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => web.ask(`/${i}`)));
  t.strictSame(
    answers.map(({ body }) => body.toString()),
    Array.from({ length: 20 }, () => '1'),
  );
});

t.test('a function has nothing of this process’ environment', async (t) => {
  const code = `exports.handler = async () => ({ status: '200', body: JSON.stringify(process.env) });`;
  const web = await serveLambdas(t, lambdaTemplate({ 'viewer-request': code }));
  const env = told(await web.ask('/'));
  t.match(env, { AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: 'On0' });
  t.notOk(env.PATH);
});
