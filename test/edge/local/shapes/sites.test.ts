import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  OriginAccessIdentity,
  PriceClass,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin, S3StaticWebsiteOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import t from 'tap';
import { folderOf, parseBucket, resourcesOf, serve, synthesized } from '../support/serve.ts';

const INDEX = '<h1>home</h1>';
const SCRIPT = `console.log(${JSON.stringify('x'.repeat(4_000))});`;

t.test('a static site with error pages', async (t) => {
  const template = synthesized((stack) => {
    const bucket = parseBucket(
      new Bucket(stack, 'Site', { bucketName: 'site', removalPolicy: RemovalPolicy.DESTROY }),
    );
    new Distribution(stack, 'Web', {
      defaultRootObject: 'index.html',
      priceClass: PriceClass.PRICE_CLASS_100,
      comment: 'the site',
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      },
      errorResponses: [
        { httpStatus: 403, responseHttpStatus: 404, responsePagePath: '/missing.html' },
        { httpStatus: 404, responseHttpStatus: 404, responsePagePath: '/missing.html' },
      ],
    });
  });
  const folder = folderOf(t, { 'index.html': INDEX, 'missing.html': 'not here', 'a b/ü.js': SCRIPT });
  const bindings = { origins: { site: { folder } } };
  const site = await serve(t, template, bindings);
  const home = await site.ask('/');
  t.match(home, { status: 200, headers: { 'content-type': 'text/html', 'x-cache': 'Miss from cloudfront' } });
  t.equal(home.body.toString(), INDEX);
  t.match(await site.ask('/'), { headers: { 'x-cache': 'Hit from cloudfront' } });
  t.match(await site.ask('/?x=1'), { headers: { 'x-cache': 'Hit from cloudfront' } }, 'no query in the key');
  const missing = await site.ask('/nothing');
  t.match(missing, {
    status: 404,
    headers: { 'x-cache': 'Error from cloudfront', 'content-type': 'text/html' },
  });
  t.equal(missing.body.toString(), 'not here');
  t.match(await site.ask('/a%20b/'), { status: 404 }, 'a folder is no key, and has no root object');
  t.match(await site.ask('/nothing', { method: 'HEAD' }), { status: 404 });
  const posted = await site.ask('/', { method: 'POST', body: 'x' });
  t.match(posted, { status: 404 }, 'a method that is not allowed is 403, and 403 has a page');
  const script = '/a%20b/%C3%BC.js';
  const packed = await site.ask(script, { headers: { 'accept-encoding': 'deflate, gzip, br' } });
  t.match(packed.headers, { 'content-encoding': 'br', vary: 'Accept-Encoding', etag: /^W\/"/ });
  t.equal(brotliDecompressSync(packed.body).toString(), SCRIPT);
  const zipped = await site.ask(script, { headers: { 'accept-encoding': 'gzip' } });
  t.equal(gunzipSync(zipped.body).toString(), SCRIPT);
  t.match(zipped.headers, { 'content-encoding': 'gzip', 'x-cache': 'Miss from cloudfront' });
  const plain = await site.ask(script);
  t.equal(plain.headers['content-encoding'], undefined);
  const etag = String(packed.headers.etag);
  const again = { 'accept-encoding': 'gzip, br', 'if-none-match': etag };
  t.match(
    await site.ask(script, { headers: again }),
    { status: 304 },
    'the weak tag is good for a condition',
  );
  t.equal(site.invalidate(['/a%20b/%*']), 3);
  t.match(await site.ask(script), { headers: { 'x-cache': 'Miss from cloudfront' } });
  const redirecting = await serve(t, template, { ...bindings, httpCountsAsHttps: false });
  t.match(await redirecting.ask('/x?y=1'), {
    status: 301,
    headers: { location: 'https://localhost:8080/x?y=1' },
  });
});

t.test('a single page app whose function rewrites', async (t) => {
  const code = `function handler(event) {
    var request = event.request;
    if (request.uri === '/closed') return { statusCode: 403, body: 'closed' };
    if (request.uri.indexOf('.') < 0) request.uri = '/index.html';
    return request;
  }`;
  const breakingCode = `function handler(event) {
    if (event.request.uri === '/broken.css') throw new Error();
    return event.response;
  }`;
  const template = synthesized((stack) => {
    const rewrite = new EdgeFunction(stack, 'Rewrite', { code: FunctionCode.fromInline(code) });
    const breaking = new EdgeFunction(stack, 'Breaking', { code: FunctionCode.fromInline(breakingCode) });
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(parseBucket(new Bucket(stack, 'App'))),
        functionAssociations: [
          { function: rewrite, eventType: FunctionEventType.VIEWER_REQUEST },
          { function: breaking, eventType: FunctionEventType.VIEWER_RESPONSE },
        ],
        responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
      },
      errorResponses: [403, 503].map((httpStatus) => {
        return { httpStatus, responseHttpStatus: 200, responsePagePath: '/index.html' };
      }),
    });
  });
  const files = { 'index.html': INDEX, 'main.css': 'body{}', 'broken.css': 'a{}' };
  const [bucket = ''] = Object.keys(resourcesOf(template)).filter((id) => id.startsWith('App'));
  const app = await serve(t, template, {
    origins: { [bucket.toLowerCase()]: { folder: folderOf(t, files) } },
  });
  for (const path of ['/', '/users/42', '/deep/er/']) {
    const { status, body, headers } = await app.ask(path);
    t.strictSame([status, body.toString()], [200, INDEX], path);
    t.match(
      headers,
      { 'x-frame-options': 'SAMEORIGIN', 'strict-transport-security': 'max-age=31536000' },
      path,
    );
  }
  t.equal((await app.ask('/main.css')).body.toString(), 'body{}');
  for (const path of ['/gone.png', '/broken.css']) {
    const { status, body, headers } = await app.ask(path);
    t.strictSame([status, body.toString()], [200, INDEX], `the page in place of the error: ${path}`);
    t.match(headers, { 'x-frame-options': 'SAMEORIGIN' }, path);
  }
  const closed = await app.ask('/closed');
  t.strictSame([closed.status, closed.body.toString()], [403, 'closed'], 'an answer of the function stays');
  const empty = await serve(t, template, {
    origins: { [bucket.toLowerCase()]: { folder: folderOf(t, { 'main.css': 'body{}' }) } },
  });
  t.equal((await empty.ask('/gone.png')).status, 403, 'a page that is missing itself does not answer 200');
});

t.test('the older identity, and a bucket that is a website', async (t) => {
  const identified = synthesized((stack) => {
    const bucket = parseBucket(new Bucket(stack, 'Site', { bucketName: 'site' }));
    const originAccessIdentity = new OriginAccessIdentity(stack, 'Identity');
    new Distribution(stack, 'Web', {
      defaultBehavior: { origin: S3BucketOrigin.withOriginAccessIdentity(bucket, { originAccessIdentity }) },
    });
  });
  const folder = folderOf(t, { 'index.html': INDEX, 'docs/index.html': 'docs' });
  const site = await serve(t, identified, { origins: { site: { folder } } });
  t.equal((await site.ask('/index.html')).body.toString(), INDEX);
  t.match((await site.ask('/none')).body.toString(), /<Code>(?:NoSuchKey|AccessDenied)<\/Code>/);

  const website = synthesized((stack) => {
    const bucket = parseBucket(
      new Bucket(stack, 'Site', { bucketName: 'site', websiteIndexDocument: 'index.html' }),
    );
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: new S3StaticWebsiteOrigin(bucket),
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
        cachePolicy: CachePolicy.CACHING_DISABLED,
      },
    });
  });
  const pages = await serve(t, website, { origins: { site: { folder } } });
  t.equal((await pages.ask('/')).body.toString(), INDEX);
  t.equal((await pages.ask('/docs/')).body.toString(), 'docs');
  t.match(await pages.ask('/none/'), { status: 404 });
  t.match(await pages.ask('/'), { headers: { 'x-cache': 'Miss from cloudfront' } }, 'nothing is kept');
});

t.test('a folder gives what is in it, and nothing else', async (t) => {
  const template = synthesized((stack) => {
    const bucket = parseBucket(new Bucket(stack, 'Site', { bucketName: 'site' }));
    new Distribution(stack, 'Web', {
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket, { originPath: '/public' }),
        cachePolicy: CachePolicy.CACHING_DISABLED,
      },
    });
  });
  const folder = folderOf(t, { 'public/a.txt': '0123456789', 'secret.txt': 'secret', 'public/empty': '' });
  const site = await serve(t, template, { origins: { site: { folder } } });
  for (const path of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/./a.txt',
    '/',
    '/a.txt/',
    '//a.txt',
  ]) {
    const { status, body } = await site.ask(path);
    t.strictSame([status, body.includes('secret')], [403, false], path);
  }
  const part = await site.ask('/a.txt', { headers: { range: 'bytes=2-4' } });
  t.match(part, { status: 206, headers: { 'content-range': 'bytes 2-4/10' } });
  t.equal(part.body.toString(), '234');
  for (const [range, given, bytes] of [
    ['bytes=-3', '7-9', '789'],
    ['bytes=-99', '0-9', '0123456789'],
    ['bytes=7-', '7-9', '789'],
    ['bytes=9-99', '9-9', '9'],
  ] as const) {
    const { headers, body } = await site.ask('/a.txt', { headers: { range } });
    t.strictSame([headers['content-range'], body.toString()], [`bytes ${given}/10`, bytes], range);
  }
  for (const range of ['bytes=10-', 'bytes=99-', 'bytes=-0'])
    t.match(await site.ask('/a.txt', { headers: { range } }), { status: 416 }, range);
  t.match(await site.ask('/empty'), { status: 200, headers: { 'content-length': '0' } });
  const { headers } = await site.ask('/a.txt', { method: 'HEAD' });
  t.match(headers, { 'content-length': '10', 'content-type': 'text/plain' });
  t.match(await site.ask('/a.txt', { headers: { 'if-none-match': String(headers.etag) } }), { status: 304 });
});
