import t, { type Test } from 'tap';
import { ALICE, cookiesOf, startEdge } from '../support/edge.ts';
import { folderOf, serve } from '../support/serve.ts';

const own = `/users/${ALICE}/a.txt`;
const alice = cookiesOf(ALICE);
const APP = 'http://localhost:3000';

const edge = await startEdge();
t.teardown(() => edge.close());

t.test('security headers and custom headers are on every answer', async (t) => {
  for (const target of [own, `/users/${ALICE}/none`, `/users/${ALICE}/`]) {
    const { headers } = await edge.get(target, alice);
    t.equal(headers.get('x-content-type-options'), 'nosniff', target);
    t.equal(headers.get('referrer-policy'), 'no-referrer', target);
    t.equal(headers.get('cross-origin-resource-policy'), 'same-site', target);
    t.match(headers.get('content-security-policy'), "default-src 'none'", target);
  }
});

t.test('CORS headers are for the origin that is allowed, also from the cache', async (t) => {
  const cors = async (headers: object) => {
    const answer = await edge.get(own, { ...alice, ...headers });
    return ['access-control-allow-origin', 'access-control-allow-credentials', 'vary'].map((name) =>
      answer.headers.get(name),
    );
  };
  t.strictSame(await cors({}), [undefined, undefined, undefined]);
  t.strictSame(await cors({ Origin: APP }), [APP, 'true', 'Origin']);
  t.strictSame(await cors({ Origin: 'http://localhost:3001' }), [undefined, undefined, undefined]);
  t.strictSame(await cors({ Origin: 'null' }), [undefined, undefined, undefined]);
  t.strictSame(await cors({}), [undefined, undefined, undefined]);
  const { headers } = await edge.get(own, { ...alice, Origin: APP });
  t.equal(headers.get('access-control-expose-headers'), 'ETag, Content-Length, Content-Range');
});

const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

/** A site whose file `/<n>.txt` has the nth of these policies. */
async function siteWith(t: Test, configs: readonly object[]) {
  const policies = configs.map((config, index) => {
    const Properties = { ResponseHeadersPolicyConfig: { Name: `p${index}`, ...config } };
    return [`Policy${index}`, { Type: 'AWS::CloudFront::ResponseHeadersPolicy', Properties }];
  });
  const behavior = {
    ...{ TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all', CachePolicyId: CACHING_DISABLED },
    AllowedMethods: ['GET', 'HEAD', 'OPTIONS'],
  };
  const DistributionConfig = {
    Enabled: true,
    Origins: [
      { Id: 'site', DomainName: { 'Fn::GetAtt': ['Site', 'RegionalDomainName'] }, S3OriginConfig: {} },
    ],
    DefaultCacheBehavior: behavior,
    CacheBehaviors: configs.map((_, index) => ({
      ...behavior,
      PathPattern: `/${index}.txt`,
      ResponseHeadersPolicyId: { Ref: `Policy${index}` },
    })),
  };
  const Resources = {
    Site: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'site' } },
    Web: { Type: 'AWS::CloudFront::Distribution', Properties: { DistributionConfig } },
    ...Object.fromEntries(policies),
  };
  const folder = folderOf(t, Object.fromEntries(configs.map((_, index) => [`${index}.txt`, 'a'])));
  return serve(t, { Resources }, { origins: { site: { folder } } });
}

const corsFor = (origin: string, more: object = {}) => ({
  CorsConfig: {
    AccessControlAllowOrigins: { Items: [origin] },
    ...{ AccessControlAllowCredentials: false, OriginOverride: true, ...more },
  },
});

t.test('CORS origins may have a wildcard, no scheme, or be everybody', async (t) => {
  const none = [undefined, undefined];
  const given = (viewerOrigin: string) => [viewerOrigin, 'Origin'];
  const rows: [allowed: string, viewerOrigin: string, headers: unknown[], name?: string][] = [
    ['*', 'https://a.example', ['*', undefined]],
    ['https://*.example', 'https://a.example', given('https://a.example')],
    ['https://*.example', 'http://a.example', none, 'another scheme'],
    ['https://*.example', 'https://example', none, 'the parent'],
    ['https://*.example', 'https://a.example.evil', none, 'another ending'],
    ['https://*.example', 'https://aexample', none, 'no dot'],
    ['a.example', 'http://a.example', given('http://a.example')],
    ['a.example', 'null', none],
    ['a.example', 'xhttp://a.example', none, 'another scheme that ends alike'],
    ['app://a.example', 'app://a.example', given('app://a.example'), 'an app'],
  ];
  const site = await siteWith(
    t,
    rows.map(([allowed]) => corsFor(allowed)),
  );
  for (const [index, [allowed, origin, expected, name]] of rows.entries()) {
    const { headers } = await site.ask(`/${index}.txt`, { headers: { origin } });
    t.strictSame([headers['access-control-allow-origin'], headers.vary], expected, name ?? allowed);
  }
});

t.test('a preflight gets what the policy says for it, and no other request does', async (t) => {
  const items = (...Items: string[]) => ({ Items });
  const exposed = { AccessControlExposeHeaders: items('ETag', 'Age') };
  const site = await siteWith(t, [
    corsFor(APP, {
      ...exposed,
      AccessControlAllowMethods: items('ALL'),
      AccessControlAllowHeaders: items('Range', 'X-Own'),
      AccessControlMaxAgeSec: 60,
    }),
    corsFor(APP, exposed),
  ]);
  const seen = async (path: string, method: string, more: object = {}) => {
    const { headers } = await site.ask(path, { method, headers: { origin: APP, ...more } });
    const cors = Object.entries(headers).filter(([name]) => name.startsWith('access-control-'));
    return Object.fromEntries(cors.map(([name, value]) => [name.replace('access-control-', ''), value]));
  };
  const preflight = { 'access-control-request-method': 'GET' };
  const always = { 'allow-origin': APP, 'expose-headers': 'ETag, Age' };
  t.strictSame(await seen('/0.txt', 'GET', preflight), always);
  t.strictSame(await seen('/0.txt', 'OPTIONS'), always);
  t.strictSame(await seen('/1.txt', 'OPTIONS', preflight), always);
  t.strictSame(await seen('/0.txt', 'OPTIONS', preflight), {
    ...always,
    'allow-methods': 'GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT',
    ...{ 'allow-headers': 'Range, X-Own', 'max-age': '60' },
  });
});

const NAMES = {
  ContentSecurityPolicy: 'content-security-policy',
  ContentTypeOptions: 'x-content-type-options',
  FrameOptions: 'x-frame-options',
  XSSProtection: 'x-xss-protection',
  ReferrerPolicy: 'referrer-policy',
  StrictTransportSecurity: 'strict-transport-security',
} as const;

t.test('each security header is what its members say', async (t) => {
  const rows = [
    ['ContentSecurityPolicy', { ContentSecurityPolicy: "default-src 'self'" }, "default-src 'self'"],
    ['ContentTypeOptions', {}, 'nosniff'],
    ['FrameOptions', { FrameOption: 'DENY' }, 'DENY'],
    ['XSSProtection', { Protection: false }, '0'],
    ['XSSProtection', { Protection: true }, '1'],
    ['XSSProtection', { Protection: true, ModeBlock: false }, '1'],
    ['XSSProtection', { Protection: true, ModeBlock: true }, '1; mode=block'],
    ['XSSProtection', { Protection: true, ReportUri: '/x' }, '1; report=/x'],
    ['ReferrerPolicy', { ReferrerPolicy: 'origin' }, 'origin'],
    ['StrictTransportSecurity', { AccessControlMaxAgeSec: 60 }, 'max-age=60'],
    [
      'StrictTransportSecurity',
      { AccessControlMaxAgeSec: 60, IncludeSubdomains: true, Preload: false },
      'max-age=60; includeSubDomains',
    ],
    ['StrictTransportSecurity', { AccessControlMaxAgeSec: 60, Preload: true }, 'max-age=60; preload'],
  ] as const;
  const site = await siteWith(
    t,
    rows.map(([property, members]) => ({
      SecurityHeadersConfig: { [property]: { ...members, Override: true } },
    })),
  );
  for (const [index, [property, members, value]] of rows.entries()) {
    const { headers } = await site.ask(`/${index}.txt`);
    t.equal(headers[NAMES[property]], value, `${property} ${JSON.stringify(members)}`);
  }
});
