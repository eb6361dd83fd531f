import { once } from 'node:events';
import { Duration } from 'aws-cdk-lib';
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  AllowedMethods,
  CacheHeaderBehavior,
  CachePolicy,
  CloudFrontAllowedMethods,
  CloudFrontWebDistribution,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  ImportSource,
  KeyValueStore,
  OriginRequestCookieBehavior,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginRequestQueryStringBehavior,
  ResponseHeadersPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import {
  FunctionUrlOrigin,
  HttpOrigin,
  RestApiOrigin,
  S3BucketOrigin,
} from 'aws-cdk-lib/aws-cloudfront-origins';
import { Code, FunctionUrlAuthType, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import t from 'tap';
import { folderOf, parseBucket, serve, serverOf, synthesized } from '../support/serve.ts';

const told = (body: Buffer) => JSON.parse(body.toString());

t.test('pages of a function URL, their assets beside them, and headers for both', async (t) => {
  const template = synthesized((stack) => {
    const page = new LambdaFunction(stack, 'Page', {
      ...{ runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('x') },
    });
    const url = page.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    const assets = parseBucket(new Bucket(stack, 'Assets', { bucketName: 'assets' }));
    const responseHeadersPolicy = new ResponseHeadersPolicy(stack, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: "default-src 'self'", override: true },
      },
      removeHeaders: ['X-Powered-By'],
      serverTimingSamplingRate: 100,
    });
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: FunctionUrlOrigin.withOriginAccessControl(url, { originId: 'page' }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        responseHeadersPolicy,
      },
      additionalBehaviors: {
        '/_next/static/*': { origin: S3BucketOrigin.withOriginAccessControl(assets), responseHeadersPolicy },
      },
    });
  });
  const url = await serverOf(t, (request, response) => {
    response.setHeader('x-powered-by', 'a framework');
    response.end(JSON.stringify({ url: request.url, host: request.headers.host }));
  });
  const folder = folderOf(t, { '_next/static/a.js': 'script' });
  const site = await serve(t, template, { origins: { page: { url }, assets: { folder } } });
  const page = await site.ask('/photos?sort=new', { headers: { cookie: 'a=1' } });
  t.strictSame(told(page.body), { url: '/photos?sort=new', host: new URL(url).host });
  const asset = await site.ask('/_next/static/a.js');
  t.equal(asset.body.toString(), 'script');
  for (const [index, { headers }] of [page, asset].entries()) {
    t.equal(headers['content-security-policy'], "default-src 'self'", `row ${index}`);
    t.equal(headers['x-powered-by'], undefined, `row ${index}`);
  }
});

t.test('a REST API whose answers are kept by a token, and redirects that a store knows', async (t) => {
  const template = synthesized((stack) => {
    const api = new RestApi(stack, 'Api');
    api.root.addMethod('GET');
    const keyValueStore = new KeyValueStore(stack, 'Moved', {
      source: ImportSource.fromInline(JSON.stringify({ data: [{ key: '/old', value: '/new' }] })),
    });
    const code = `import cf from 'cloudfront';
      async function handler(event) {
        try {
          const value = await cf.kvs().get(event.request.uri);
          return { statusCode: 301, statusDescription: 'Moved', headers: { location: { value } } };
        } catch (error) {
          return event.request;
        }
      }`;
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: new RestApiOrigin(api, { originId: 'api' }),
        cachePolicy: new CachePolicy(stack, 'Key', {
          ...{ minTtl: Duration.seconds(0), defaultTtl: Duration.seconds(60), maxTtl: Duration.seconds(60) },
          headerBehavior: CacheHeaderBehavior.allowList('Authorization'),
        }),
        functionAssociations: [
          {
            eventType: FunctionEventType.VIEWER_REQUEST,
            function: new EdgeFunction(stack, 'Redirect', {
              code: FunctionCode.fromInline(code),
              keyValueStore,
            }),
          },
        ],
      },
    });
  });
  let asked = 0;
  const url = await serverOf(t, (request, response) => {
    asked++;
    response.end(JSON.stringify({ url: request.url, token: request.headers.authorization }));
  });
  // The asset as `cdk synth` leaves it beside the template.
  const [asset = ''] = /[0-9a-f]{64}\.json/.exec(JSON.stringify(template)) ?? [];
  const entries = JSON.stringify({ data: [{ key: '/old', value: '/new' }] });
  const assembly = folderOf(t, { [`asset.${asset}`]: entries });
  const site = await serve(t, template, { origins: { api: { url } }, assembly });
  const of = async (authorization: string) =>
    told((await site.ask('/items', { headers: { authorization } })).body);
  t.strictSame(await of('a'), { url: '/prod/items', token: 'a' });
  t.strictSame(await of('a'), { url: '/prod/items', token: 'a' });
  t.strictSame(await of('b'), { url: '/prod/items', token: 'b' });
  t.equal(asked, 2, 'once for each token');
  t.match(await site.ask('/old'), { status: 301, headers: { location: '/new' } });
});

t.test('the older construct, with its origins, failover and error pages', async (t) => {
  const template = synthesized((stack) => {
    const bucket = parseBucket(new Bucket(stack, 'Site', { bucketName: 'site' }));
    new CloudFrontWebDistribution(stack, 'Web', {
      originConfigs: [
        { s3OriginSource: { s3BucketSource: bucket }, behaviors: [{ isDefaultBehavior: true }] },
        {
          customOriginSource: { domainName: 'one.example' },
          failoverCustomOriginSource: { domainName: 'two.example' },
          failoverCriteriaStatusCodes: [503],
          behaviors: [
            {
              ...{ pathPattern: '/api/*', allowedMethods: CloudFrontAllowedMethods.GET_HEAD_OPTIONS },
              ...{ defaultTtl: Duration.seconds(0), forwardedValues: { queryString: true } },
            },
          ],
        },
      ],
      errorConfigurations: [{ errorCode: 403, responseCode: 200, responsePagePath: '/index.html' }],
    });
  });
  const one = await serverOf(t, (_request, response) => response.writeHead(503).end());
  const two = await serverOf(t);
  const folder = folderOf(t, { 'index.html': 'home' });
  const site = await serve(t, template, {
    origins: { site: { folder }, 'one.example': { url: one }, 'two.example': { url: two } },
  });
  t.equal((await site.ask('/')).body.toString(), 'home', 'the root object is index.html by default');
  const { status, body } = await site.ask('/nothing');
  t.strictSame([status, body.toString()], [200, 'home']);
  t.equal(told((await site.ask('/api/x?a=1')).body).url, '/api/x?a=1');
});

t.test('answers that stay open, as of a chat or a progress, come as they are written', async (t) => {
  const template = synthesized((stack) => {
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: new HttpOrigin('api.example', { originId: 'api' }),
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
    });
  });
  let end = () => {};
  const url = await serverOf(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    end = () => response.end('data: 2\n\n');
  });
  const site = await serve(t, template, { origins: { api: { url } } });
  const answer = await site.open('/events');
  const [first] = await once(answer, 'data');
  t.equal(String(first), 'data: 1\n\n', 'before the second is written');
  end();
  const [second] = await once(answer, 'data');
  t.equal(String(second), 'data: 2\n\n');
});

t.test('what reaches a server by each kind of origin request policy', async (t) => {
  const url = await serverOf(t);
  const { host } = new URL(url);
  const viewer = { host: 'localhost:8080', 'x-own': '1', cookie: 'a=1; b=2' };
  const own = (headers: OriginRequestHeaderBehavior) => ({ headerBehavior: headers });
  const cookies = (behavior: OriginRequestCookieBehavior) => ({ cookieBehavior: behavior });
  const queries = (behavior: OriginRequestQueryStringBehavior) => ({ queryStringBehavior: behavior });
  const country = 'CloudFront-Viewer-Country';
  const none = { host, 'x-own': undefined, cookie: undefined, [country.toLowerCase()]: undefined };
  for (const [policy, headers, query] of [
    [undefined, none, ''],
    [OriginRequestPolicy.ALL_VIEWER, { ...none, ...viewer }, '?q=1&response-content-type=x'],
    [
      OriginRequestPolicy.ALL_VIEWER_AND_CLOUDFRONT_2022,
      { ...none, ...viewer, 'cloudfront-viewer-country': 'FR' },
      '?q=1&response-content-type=x',
    ],
    [
      OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      { ...none, ...viewer, host },
      '?q=1&response-content-type=x',
    ],
    [OriginRequestPolicy.HOST_HEADER_ONLY, { ...none, host: viewer.host }, ''],
    [{ comment: 'nothing but the key' }, none, ''],
    [own(OriginRequestHeaderBehavior.none()), none, ''],
    [own(OriginRequestHeaderBehavior.allowList('X-Own')), { ...none, 'x-own': '1' }, ''],
    [own(OriginRequestHeaderBehavior.allowList(country)), { ...none, 'cloudfront-viewer-country': 'FR' }, ''],
    [own(OriginRequestHeaderBehavior.all()), { ...none, host: viewer.host, 'x-own': '1' }, ''],
    [
      own(OriginRequestHeaderBehavior.all(country)),
      { ...none, host: viewer.host, 'x-own': '1', 'cloudfront-viewer-country': 'FR' },
      '',
    ],
    [own(OriginRequestHeaderBehavior.denyList('X-Own')), { ...none, host: viewer.host }, ''],
    [cookies(OriginRequestCookieBehavior.allowList('b')), { ...none, cookie: 'b=2' }, ''],
    [cookies(OriginRequestCookieBehavior.denyList('b')), { ...none, cookie: 'a=1' }, ''],
    [queries(OriginRequestQueryStringBehavior.allowList('q')), none, '?q=1'],
    [queries(OriginRequestQueryStringBehavior.denyList('q')), none, '?response-content-type=x'],
  ] as const) {
    const template = synthesized((stack) => {
      new Distribution(stack, 'Web', {
        defaultBehavior: {
          origin: new HttpOrigin('api.example', { originId: 'api' }),
          cachePolicy: CachePolicy.CACHING_DISABLED,
          ...(policy && {
            originRequestPolicy:
              'originRequestPolicyId' in policy ? policy : new OriginRequestPolicy(stack, 'Own', policy),
          }),
        },
      });
    });
    const site = await serve(t, template, {
      origins: { api: { url } },
      viewerHeaders: { [country]: 'FR' },
    });
    const { body } = await site.ask('/x?q=1&response-content-type=x', { headers: viewer });
    t.match(told(body), { url: `/x${query}`, headers }, JSON.stringify(policy));
  }
});

t.test('a bucket gets neither the host of the viewer nor what would change its answer', async (t) => {
  const endpoint = await serverOf(t);
  const template = synthesized((stack) => {
    const bucket = parseBucket(new Bucket(stack, 'Assets', { bucketName: 'assets' }));
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER,
      },
    });
  });
  const assets = { endpoint, bucket: 'assets', accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  const site = await serve(t, template, { origins: { assets } });
  const { body } = await site.ask('/x?q=1&response-content-type=x', { headers: { 'x-own': '1' } });
  t.match(told(body), { url: '/assets/x?q=1', headers: { host: new URL(endpoint).host, 'x-own': '1' } });
});
