import { Fn, SecretValue } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AllowedMethods,
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  KeyValueStore,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import t from 'tap';
import { echo, folderOf, parseBucket, serve, serverOf, synthesized } from '../support/serve.ts';

const told = (body: Buffer) => JSON.parse(body.toString());

t.test('an API beside its assets', async (t) => {
  const template = synthesized((stack) => {
    const bucket = parseBucket(new Bucket(stack, 'Assets', { bucketName: 'assets' }));
    const api = new HttpApi(stack, 'Api');
    const domain = Fn.select(2, Fn.split('/', api.apiEndpoint));
    new Distribution(stack, 'Web', {
      defaultBehavior: { origin: S3BucketOrigin.withOriginAccessControl(bucket) },
      additionalBehaviors: {
        '/api/*': {
          origin: new HttpOrigin(domain, {
            originId: 'api',
            originPath: '/v1',
            customHeaders: { 'X-Key': SecretValue.unsafePlainText('k').unsafeUnwrap() },
            protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          }),
          allowedMethods: AllowedMethods.ALLOW_ALL,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          responseHeadersPolicy: ResponseHeadersPolicy.CORS_ALLOW_ALL_ORIGINS_WITH_PREFLIGHT,
        },
      },
    });
  });
  const url = await serverOf(t);
  const app = await serve(t, template, {
    origins: { assets: { folder: folderOf(t, { 'a.txt': 'a' }) }, api: { url } },
  });
  t.equal((await app.ask('/a.txt')).body.toString(), 'a');
  const headers = {
    cookie: 'a=1; b=2',
    'x-own': '1',
    'x-forwarded-for': '192.0.2.9',
    authorization: 'Basic x',
  };
  const posted = await app.ask('/api/items?q=1&r=%20', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/plain', origin: 'https://a.example' },
    body: 'the body',
  });
  t.match(posted, {
    status: 200,
    headers: { 'access-control-allow-origin': '*', 'x-cache': 'Miss from cloudfront' },
  });
  t.match(told(posted.body), {
    ...{ method: 'POST', url: '/v1/api/items?q=1&r=%20', body: 'the body' },
    headers: {
      ...{
        ...headers,
        host: new URL(url).host,
        'x-key': 'k',
        'content-type': 'text/plain',
        via: /CloudFront/,
      },
      ...{ 'x-forwarded-for': '192.0.2.9,127.0.0.1', 'x-amz-cf-id': /.{40}/ },
    },
  });
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    t.match(told((await app.ask('/api/x', { method })).body), { method }, method);
  }
  const origin = 'https://a.example';
  const preflight = { origin, 'access-control-request-method': 'PUT' };
  for (const [method, sent, methods, exposed] of [
    ['OPTIONS', preflight, 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT', '*'],
    ['OPTIONS', { origin }, undefined, undefined],
    ['GET', preflight, undefined, undefined],
  ] as const) {
    const answer = await app.ask('/api/x', { method, headers: sent });
    const cors = ['allow-methods', 'expose-headers'].map((name) => answer.headers[`access-control-${name}`]);
    t.strictSame(cors, [methods, exposed], `${method} with ${Object.keys(sent)}`);
  }
  const refused = await app.ask('/a.txt', { method: 'DELETE' });
  t.match(refused, { status: 403, headers: { 'content-type': 'text/html' } });
  t.match(refused.body.toString(), /not configured to allow the HTTP request method/);
});

t.test('A and B, chosen by a KeyValueStore', async (t) => {
  const code = `import cf from 'cloudfront';
    async function handler(event) {
      const store = cf.kvs();
      const split = await store.get('split', { format: 'json' });
      console.log('split', split, await store.count());
      event.request.uri = '/' + split.to + event.request.uri;
      return event.request;
    }`;
  const template = synthesized((stack) => {
    const bucket = parseBucket(new Bucket(stack, 'Site', { bucketName: 'site' }));
    const keyValueStore = new KeyValueStore(stack, 'Store');
    const chosen = new EdgeFunction(stack, 'Choose', {
      ...{ code: FunctionCode.fromInline(code), runtime: FunctionRuntime.JS_2_0, keyValueStore },
    });
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        functionAssociations: [{ function: chosen, eventType: FunctionEventType.VIEWER_REQUEST }],
      },
    });
  });
  const folder = folderOf(t, { 'b/i.txt': 'B' });
  const [id = ''] = /(?<=")Store[0-9A-F]{8}(?=":)/.exec(JSON.stringify(template)) ?? [];
  const keyValueStores = { [id]: new Map([['split', '{"to":"b"}']]) };
  const printed: string[] = [];
  const onPrint = (_name: string, line: string) => printed.push(line);
  const site = await serve(t, template, { origins: { site: { folder } }, keyValueStores }, { onPrint });
  t.equal((await site.ask('/i.txt')).body.toString(), 'B');
  t.strictSame(printed, ['split {"to":"b"} 1']);
});

t.test(
  'what comes back is kept by cookies, headers and country, and origins are chosen by a function',
  async (t) => {
    const code = `import cf from 'cloudfront';
    function handler(event) {
      const { request } = event;
      const country = request.headers['cloudfront-viewer-country'].value;
      if (country === 'DE') cf.selectRequestOriginById('german');
      if (request.uri === '/none') cf.selectRequestOriginById('nobody');
      if (request.uri === '/elsewhere') cf.updateRequestOrigin({ domainName: 'two.example' });
      return request;
    }`;
    const template = synthesized((stack) => {
      const chosen = new EdgeFunction(stack, 'Choose', {
        ...{ code: FunctionCode.fromInline(code), runtime: FunctionRuntime.JS_2_0 },
      });
      const cachePolicy = new CachePolicy(stack, 'Key', {
        cookieBehavior: CacheCookieBehavior.allowList('lang', 'ab-*'),
        headerBehavior: CacheHeaderBehavior.allowList('CloudFront-Viewer-Country', 'X-Version', 'Host'),
        queryStringBehavior: CacheQueryStringBehavior.denyList('utm_source'),
      });
      new Distribution(stack, 'Web', {
        defaultBehavior: {
          origin: new HttpOrigin('one.example', { originId: 'one' }),
          functionAssociations: [{ function: chosen, eventType: FunctionEventType.VIEWER_REQUEST }],
          cachePolicy,
        },
        additionalBehaviors: {
          '/unused/*': { origin: new HttpOrigin('two.example', { originId: 'german' }) },
        },
      });
    });
    const one = await serverOf(t, (_request, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', 'set-cookie': 'seen=1' }).end('one');
    });
    const two = await serverOf(t, echo);
    const origins = { 'one.example': { url: one }, 'two.example': { url: two } };
    const bindings = { origins, viewerHeaders: { 'CloudFront-Viewer-Country': 'FR' } };
    const site = await serve(t, template, bindings);
    const cacheOf = async (path: string, headers = {}) =>
      (await site.ask(path, { headers })).headers['x-cache'];
    t.match(await cacheOf('/'), 'Miss');
    t.match(await cacheOf('/?utm_source=x'), 'Hit');
    t.match(await cacheOf('/?q=1'), 'Miss');
    t.match(await cacheOf('/', { cookie: 'lang=de' }), 'Miss');
    t.match(await cacheOf('/', { cookie: 'other=1; lang=de' }), 'Hit');
    t.match(await cacheOf('/', { cookie: 'ab-1=x' }), 'Miss', 'a name with a wildcard');
    t.match(await cacheOf('/', { 'x-version': '2' }), 'Miss');
    t.match(
      await cacheOf('/', { 'cloudfront-viewer-country': 'XX' }),
      'Hit',
      'what a viewer says does not count',
    );
    t.strictSame((await site.ask('/')).headers['set-cookie'], ['seen=1'], 'cookies are forwarded');
    t.match(await site.ask('/none'), { status: 502 });
    t.match(await site.ask('/elsewhere'), { status: 503 }, 'a helper that is not modelled');
    const german = await serve(t, template, {
      ...bindings,
      viewerHeaders: { 'CloudFront-Viewer-Country': 'DE' },
    });
    const headers = { cookie: 'lang=de; other=1' };
    t.match(told((await german.ask('/x', { headers })).body), {
      url: '/x',
      headers: { 'cloudfront-viewer-country': 'DE', cookie: 'lang=de' },
    });
  },
);
