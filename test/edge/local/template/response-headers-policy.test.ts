import t from 'tap';
import { applyResponseHeaders } from '../../../../edge/local/template/response-headers-policy.ts';
import type { HeaderFields } from '../../../../edge/local/viewer/answer.ts';
import { ALICE, cookiesOf, startEdge, withCode } from '../support/edge.ts';
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

t.test('and on the error of a function that fails behind them, or gives one', async (t) => {
  for (const [response, status] of [
    ['function handler() { throw new Error(); }', 503],
    ['function handler() { return { statusCode: 404 }; }', 404],
    ['function handler() { return { statusCode: 400 }; }', 400],
  ] as const) {
    const failing = await startEdge({ template: withCode({ response }) });
    t.teardown(() => failing.close());
    const answer = await failing.get(own, alice);
    t.strictSame(
      [answer.status, answer.headers.get('x-content-type-options')],
      [status, 'nosniff'],
      response,
    );
  }
});

t.test('without override the header of the function stays, with it the one of the policy', async (t) => {
  edge.origin.objects.set(`users/${ALICE}/a.pdf`, {
    body: Buffer.from('%PDF'),
    type: 'application/pdf',
    headers: { 'cross-origin-resource-policy': 'cross-origin' },
  });
  const { headers } = await edge.get(`/users/${ALICE}/a.pdf`, alice);
  t.equal(headers.get('content-security-policy'), `default-src 'none'; frame-ancestors ${APP}`);
  t.equal(headers.get('cross-origin-resource-policy'), 'same-site');
  const missing = await edge.get(`/users/${ALICE}/none`, alice);
  t.match(missing.headers.get('content-security-policy'), /; media-src 'self'$/);
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

t.test('CORS headers of the origin give way only where the policy overrides them', async (t) => {
  const cors = { allowedOrigins: [APP], allowCredentials: false, exposedHeaders: [], preflight: {} };
  const applied = (originOverride: boolean, viewerOrigin?: string) => {
    const headers: HeaderFields = new Map([['access-control-allow-origin', ['*']]]);
    applyResponseHeaders(
      { removed: [], headers: [], cors: { ...cors, originOverride } },
      headers,
      viewerOrigin,
    );
    return headers.get('access-control-allow-origin')?.[0];
  };
  t.equal(applied(true, APP), APP);
  t.equal(applied(true), undefined);
  t.equal(applied(false, APP), '*');
});

t.test('CORS origins may have a wildcard, no scheme, or be everybody', async (t) => {
  const applied = (allowed: string, viewerOrigin: string) => {
    const headers: HeaderFields = new Map();
    const cors = {
      allowedOrigins: [allowed],
      allowCredentials: false,
      exposedHeaders: [],
      originOverride: true,
      preflight: {},
    };
    applyResponseHeaders({ removed: [], headers: [], cors }, headers, viewerOrigin);
    return [headers.get('access-control-allow-origin')?.[0], headers.get('vary')?.[0]];
  };
  const none = [undefined, undefined];
  const given = (viewerOrigin: string) => [viewerOrigin, 'Origin'];
  t.strictSame(applied('*', 'https://a.example'), ['*', undefined]);
  t.strictSame(applied('https://*.example', 'https://a.example'), given('https://a.example'));
  t.strictSame(applied('https://*.example', 'http://a.example'), none, 'another scheme');
  t.strictSame(applied('https://*.example', 'https://example'), none, 'the parent');
  t.strictSame(applied('https://*.example', 'https://a.example.evil'), none, 'another ending');
  t.strictSame(applied('https://*.example', 'https://aexample'), none, 'no dot');
  t.strictSame(applied('a.example', 'http://a.example'), given('http://a.example'));
  t.strictSame(applied('a.example', 'null'), none);
  t.strictSame(applied('a.example', 'xhttp://a.example'), none, 'another scheme that ends alike');
  t.strictSame(applied('app://a.example', 'app://a.example'), given('app://a.example'), 'an app');
});

t.test('a preflight gets what the policy says for it, and no other request does', async (t) => {
  const policyOf = (preflight: object) => ({
    ...{ removed: [], headers: [] },
    cors: {
      ...{ allowedOrigins: [APP], allowCredentials: false, exposedHeaders: ['ETag'], originOverride: true },
      preflight,
    },
  });
  const applied = (preflight: object, isPreflight?: boolean) => {
    const headers: HeaderFields = new Map();
    applyResponseHeaders(policyOf(preflight), headers, APP, isPreflight);
    return Object.fromEntries(
      [...headers].map(([name, [value]]) => [name.replace('access-control-', ''), value]),
    );
  };
  const whole = { methods: 'GET', headers: 'Range', maxAge: '60', exposed: 'Age' };
  const always = { 'allow-origin': APP, 'expose-headers': 'ETag', vary: 'Origin' };
  t.strictSame(applied(whole, false), always);
  t.strictSame(applied(whole), always);
  t.strictSame(applied({}, true), always);
  t.strictSame(applied(whole, true), {
    ...always,
    ...{ 'expose-headers': 'Age', 'allow-methods': 'GET', 'allow-headers': 'Range', 'max-age': '60' },
  });
});

t.test('headers are removed before others are added', async (t) => {
  const headers: HeaderFields = new Map([
    ['x-amz-meta-secret', ['1']],
    ['x-both', ['of the origin']],
    ['etag', ['"1"']],
  ]);
  const added = { name: 'x-both', value: 'of the policy', override: false };
  applyResponseHeaders({ removed: ['x-amz-meta-secret', 'x-both'], headers: [added] }, headers, undefined);
  t.strictSame(
    [...headers],
    [
      ['etag', ['"1"']],
      ['x-both', ['of the policy']],
    ],
  );
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
  const policies = rows.map(([property, members], index) => {
    const SecurityHeadersConfig = { [property]: { ...members, Override: true } };
    const Properties = { ResponseHeadersPolicyConfig: { Name: `p${index}`, SecurityHeadersConfig } };
    return [`Policy${index}`, { Type: 'AWS::CloudFront::ResponseHeadersPolicy', Properties }];
  });
  const behavior = {
    ...{ TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all' },
    CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  };
  const DistributionConfig = {
    Enabled: true,
    Origins: [
      { Id: 'site', DomainName: { 'Fn::GetAtt': ['Site', 'RegionalDomainName'] }, S3OriginConfig: {} },
    ],
    DefaultCacheBehavior: behavior,
    CacheBehaviors: rows.map((_, index) => ({
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
  const folder = folderOf(t, Object.fromEntries(rows.map((_, index) => [`${index}.txt`, 'a'])));
  const site = await serve(t, { Resources }, { origins: { site: { folder } } });
  for (const [index, [property, members, value]] of rows.entries()) {
    const { headers } = await site.ask(`/${index}.txt`);
    t.equal(headers[NAMES[property]], value, `${property} ${JSON.stringify(members)}`);
  }
});
