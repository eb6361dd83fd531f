import { createHmac } from 'node:crypto';
import t, { type Test } from 'tap';
import { folderOf, serve, serverOf } from '../support/serve.ts';

/** One behavior, to a server that answers with what it got, and a KeyValueStore. */
function templateOf(eventType: 'viewer-request' | 'viewer-response', code: string): unknown {
  const id = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] });
  return {
    Resources: {
      Store: { Type: 'AWS::CloudFront::KeyValueStore', Properties: { Name: 'Store' } },
      OnEvent: {
        Type: 'AWS::CloudFront::Function',
        Properties: {
          ...{ Name: 'OnEvent', AutoPublish: true, FunctionCode: code },
          FunctionConfig: {
            ...{ Comment: '', Runtime: 'cloudfront-js-2.0' },
            KeyValueStoreAssociations: [{ KeyValueStoreARN: id('Store', 'Arn') }],
          },
        },
      },
      // All of the viewer's headers and queries, and the country.
      Policy: {
        Type: 'AWS::CloudFront::OriginRequestPolicy',
        Properties: {
          OriginRequestPolicyConfig: {
            Name: 'Policy',
            CookiesConfig: { CookieBehavior: 'none' },
            HeadersConfig: {
              HeaderBehavior: 'allViewerAndWhitelistCloudFront',
              Headers: ['CloudFront-Viewer-Country'],
            },
            QueryStringsConfig: { QueryStringBehavior: 'all' },
          },
        },
      },
      Web: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Enabled: true,
            Origins: [{ Id: 'app', DomainName: 'app.example.com', CustomOriginConfig: {} }],
            DefaultCacheBehavior: {
              ...{ TargetOriginId: 'app', ViewerProtocolPolicy: 'allow-all' },
              CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
              OriginRequestPolicyId: { Ref: 'Policy' },
              FunctionAssociations: [{ EventType: eventType, FunctionARN: id('OnEvent', 'FunctionARN') }],
            },
          },
        },
      },
    },
  };
}

interface Sample {
  entries?: Record<string, string>;
  country?: string;
  buckets?: Record<string, string>;
}

async function start(t: Test, template: unknown, { entries = {}, country, buckets = {} }: Sample = {}) {
  const folders = Object.entries(buckets).map(([name, text]) => [
    name,
    { folder: folderOf(t, { 'a.txt': text }) },
  ]);
  return serve(t, template, {
    origins: { app: { url: await serverOf(t) }, ...Object.fromEntries(folders) },
    keyValueStores: { Store: new Map(Object.entries(entries)) },
    viewerHeaders: country === undefined ? {} : { 'CloudFront-Viewer-Country': country },
  });
}

const told = ({ body }: { body: Buffer }) => JSON.parse(body.toString());

/** What each sample of aws-samples/amazon-cloudfront-functions does, in other words. */
t.test('add-cache-control-header', async (t) => {
  const code = `async function handler({ response }) {
    const isGood = response.statusCode >= 200 && response.statusCode < 400;
    if (isGood) response.headers['cache-control'] = { value: 'public, max-age=60' };
    return response; }`;
  const web = await start(t, templateOf('viewer-response', code));
  t.equal((await web.ask('/a')).headers['cache-control'], 'public, max-age=60');
});

t.test('add-cors-header', async (t) => {
  const code = `async function handler({ request, response }) {
    const name = 'access-control-allow-origin', origin = request.headers['origin'];
    if (origin && !response.headers[name]) { console.log('added'); response.headers[name] = { value: origin.value }; }
    return response; }`;
  const web = await start(t, templateOf('viewer-response', code));
  const origin = 'https://app.example.com';
  t.equal((await web.ask('/a', { headers: { origin } })).headers['access-control-allow-origin'], origin);
  t.notOk((await web.ask('/a')).headers['access-control-allow-origin']);
});

t.test('add-origin-header', async (t) => {
  const code = `async function handler({ request }) {
    if (!request.headers.origin) request.headers.origin = { value: 'https://' + request.headers.host.value };
    return request; }`;
  const web = await start(t, templateOf('viewer-request', code));
  t.equal(told(await web.ask('/a')).headers.origin, 'https://localhost:8080');
  t.equal(told(await web.ask('/a', { headers: { origin: 'https://b' } })).headers.origin, 'https://b');
});

t.test('add-security-headers', async (t) => {
  const given = {
    'strict-transport-security': 'max-age=63072000; includeSubdomains; preload',
    'content-security-policy': "default-src 'none'; img-src 'self'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-xss-protection': '1; mode=block',
    'referrer-policy': 'same-origin',
  };
  const code = `const given = ${JSON.stringify(given)};
    async function handler({ response }) {
      Object.keys(given).forEach((name) => { response.headers[name] = { value: given[name] }; });
      return response; }`;
  const web = await start(t, templateOf('viewer-response', code));
  t.match((await web.ask('/a')).headers, given);
});

t.test('add-true-client-ip-header', async (t) => {
  const code = `async function handler({ request, viewer }) {
    request.headers['true-client-ip'] = { value: viewer.ip }; return request; }`;
  const web = await start(t, templateOf('viewer-request', code));
  t.equal(told(await web.ask('/a')).headers['true-client-ip'], '127.0.0.1');
});

t.test('kvs-conditional-read', async (t) => {
  const code = `import cf from 'cloudfront';
    const storeId = 'the id of a store';
    async function prefixFor(key) {
      const { share, a, b } = JSON.parse(await cf.kvs(storeId).get(key));
      return Math.random() <= share ? a : b; }
    async function handler({ request }) {
      const parts = request.uri.split('/'), key = parts[1], sticky = request.cookies['appversion'];
      if (!key || (sticky && sticky.value === key)) return request;
      try { const prefix = await prefixFor(key); if (prefix) { parts[1] = prefix; request.uri = parts.join('/'); } }
      catch (error) { console.log(String(error)); }
      return request; }`;
  const entries = { latest: '{"share":1,"a":"v1","b":"v2"}', next: '{"share":-1,"a":"v1","b":"v2"}' };
  const web = await start(t, templateOf('viewer-request', code), { entries });
  t.equal(told(await web.ask('/latest/a/b')).url, '/v1/a/b');
  t.equal(told(await web.ask('/next/a/b')).url, '/v2/a/b');
  t.equal(told(await web.ask('/other/a')).url, '/other/a');
  t.equal(told(await web.ask('/latest/a', { headers: { cookie: 'appversion=latest' } })).url, '/latest/a');
});

t.test('kvs-jwt-verify', async (t) => {
  const code = `import crypto from 'crypto';
    import cf from 'cloudfront';
    const refused = { statusCode: 401, statusDescription: 'Unauthorized' };
    async function secret() { try { return await cf.kvs().get('jwt.secret'); } catch (error) { return null; } }
    function check(token, key) {
      const parts = token.split('.');
      if (parts.length !== 3) throw new Error('parts');
      const wanted = crypto.createHmac('sha256', key).update(parts[0] + '.' + parts[1]).digest('base64url');
      if (wanted.length !== parts[2].length) throw new Error('length');
      let difference = 0;
      for (let i = 0; i < wanted.length; i++) difference |= wanted.charCodeAt(i) ^ parts[2].charCodeAt(i);
      if (difference !== 0) throw new Error('signature');
      const claims = JSON.parse(Buffer.from(parts[1], 'base64url'));
      if (claims.exp && Date.now() > claims.exp * 1000) throw new Error('expired'); }
    async function handler({ request }) {
      const key = await secret();
      if (!key || !request.querystring.jwt) return refused;
      try { check(request.querystring.jwt.value, key); } catch (error) { return refused; }
      delete request.querystring.jwt;
      return request; }`;
  const entries = { 'jwt.secret': 'LzdWGpAToQ1DqYuzHxE6YOqi7G3X2yvNBot9mCXfx5k' };
  const web = await start(t, templateOf('viewer-request', code), { entries });
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const tokenOf = (claims: object, key = entries['jwt.secret']) => {
    const text = `${encoded({ alg: 'HS256' })}.${encoded(claims)}`;
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  t.equal(told(await web.ask(`/a?x=1&jwt=${tokenOf({ sub: 'a', exp: 4_102_444_800 })}`)).url, '/a?x=1');
  t.equal((await web.ask('/a')).status, 401);
  t.equal((await web.ask(`/a?jwt=${tokenOf({ exp: 1 })}`)).status, 401, 'expired');
  t.equal((await web.ask(`/a?jwt=${tokenOf({}, 'another')}`)).status, 401, 'another key');
});

t.test('kvs-key-value-pairs', async (t) => {
  const code = `import cf from 'cloudfront';
    const store = cf.kvs();
    async function handler({ request }) {
      const parts = request.uri.split('/');
      try { parts[1] = await store.get(parts[1]); request.uri = parts.join('/'); } catch (error) { console.log(error); }
      return request; }`;
  const web = await start(t, templateOf('viewer-request', code), { entries: { old: 'new' } });
  t.equal(told(await web.ask('/old/a')).url, '/new/a');
  t.equal(told(await web.ask('/none/a')).url, '/none/a');
});

t.test('normalize-query-string-parameters', async (t) => {
  const code = `function handler({ request }) {
    const pairs = [];
    for (const name in request.querystring) {
      const one = request.querystring[name];
      (one.multiValue || [one]).forEach((value) => { pairs.push(name + '=' + value.value); });
    }
    request.querystring = pairs.sort().join('&');
    return request; }`;
  const web = await start(t, templateOf('viewer-request', code));
  t.equal(told(await web.ask('/a?z=1&b=3&a=%41&b=2')).url, '/a?a=%41&b=2&b=3&z=1');
  t.equal(told(await web.ask('/a')).url, '/a');
});

t.test('redirect-based-on-country', async (t) => {
  const code = `async function handler({ request }) {
    const { host, 'cloudfront-viewer-country': country } = request.headers;
    const location = { value: 'https://' + host.value + '/de/index.html' };
    if (country && country.value === 'DE') return { statusCode: 302, statusDescription: 'Found', headers: { location } };
    return request; }`;
  const german = await start(t, templateOf('viewer-request', code), { country: 'DE' });
  const { status, headers } = await german.ask('/a');
  t.strictSame([status, headers.location], [302, 'https://localhost:8080/de/index.html']);
  const french = await start(t, templateOf('viewer-request', code), { country: 'FR' });
  t.equal((await french.ask('/a')).status, 200);
});

t.test('select-origin-based-on-country', async (t) => {
  const code = `import cf from 'cloudfront';
    const regions = { DE: 'eu-central-1', FR: 'eu-west-3' };
    function handler({ request }) {
      const country = request.headers['cloudfront-viewer-country'];
      const region = (country && regions[country.value]) || 'us-east-1';
      cf.updateRequestOrigin({ domainName: 'demo-in-' + region + '.s3.' + region + '.amazonaws.com',
        originAccessControlConfig: { enabled: true, region, signingBehavior: 'always', signingProtocol: 'sigv4', originType: 's3' } });
      return request; }`;
  const buckets = { 'demo-in-eu-west-3': 'in Paris', 'demo-in-us-east-1': 'in Virginia' };
  const french = await start(t, templateOf('viewer-request', code), { country: 'FR', buckets });
  t.equal((await french.ask('/a.txt')).body.toString(), 'in Paris');
  const other = await start(t, templateOf('viewer-request', code), { country: 'SE', buckets });
  t.equal((await other.ask('/a.txt')).body.toString(), 'in Virginia');
  const german = await start(t, templateOf('viewer-request', code), { country: 'DE', buckets });
  const { status, body } = await german.ask('/a.txt');
  t.equal(status, 502);
  t.match(body.toString(), /No binding names the place of demo-in-eu-central-1\.s3\./);
});

t.test('url-rewrite-single-page-apps', async (t) => {
  const code = `async function handler({ request }) {
    if (request.uri.endsWith('/')) request.uri += 'index.html';
    else if (!request.uri.includes('.')) request.uri += '/index.html';
    return request; }`;
  const web = await start(t, templateOf('viewer-request', code));
  for (const [asked, wanted] of [
    ['/', '/index.html'],
    ['/blog', '/blog/index.html'],
    ['/blog/', '/blog/index.html'],
    ['/a.css', '/a.css'],
  ] as const)
    t.equal(told(await web.ask(asked)).url, wanted, asked);
});
