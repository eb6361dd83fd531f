import t, { type Test } from 'tap';
import { corsHeaders, readCorsRules } from '../../../../edge/local/template/cors.ts';
import { folderOf, serve } from '../support/serve.ts';
import { distributionTemplate } from '../support/template.ts';

/** A bucket with rules, behind a policy that takes the three headers of CORS to it (CORS-S3Origin). */
function templateOf(rules: object[] | undefined): unknown {
  const cors = rules ? { CorsConfiguration: { CorsRules: rules } } : {};
  const DomainName = { 'Fn::GetAtt': ['Files', 'RegionalDomainName'] };
  return distributionTemplate(
    [{ Id: 'files', DomainName, S3OriginConfig: {} }],
    {
      AllowedMethods: ['GET', 'HEAD', 'OPTIONS'],
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      OriginRequestPolicyId: '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf',
    },
    { Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files', ...cors } } },
  );
}

const RULES = [
  {
    AllowedOrigins: ['https://*.example.com'],
    AllowedMethods: ['GET', 'HEAD'],
    AllowedHeaders: ['X-Amz-*', 'authorization'],
    ExposedHeaders: ['ETag'],
    MaxAge: 300,
  },
  { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
];

const start = (t: Test, rules?: object[]) =>
  serve(t, templateOf(rules), { origins: { files: { folder: folderOf(t, { 'a.txt': 'a' }) } } });

const corsOf = (headers: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^access-control-|^vary$/.test(name)));

const VARY = { vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method' };

t.test('S3 gives the headers of the first rule that fits, to GET with Origin', async (t) => {
  const web = await start(t, RULES);
  const ask = async (path: string, origin?: string, method = 'GET') => {
    const { status, headers } = await web.ask(path, {
      method,
      headers: origin === undefined ? {} : { origin },
    });
    return [status, corsOf(headers)];
  };
  const first = {
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-expose-headers': 'ETag',
    'access-control-max-age': '300',
  };
  t.strictSame(await ask('/a.txt', 'https://app.example.com'), [200, { ...first, ...VARY }]);
  t.strictSame(await ask('/none', 'https://app.example.com'), [403, { ...first, ...VARY }], 'an error');
  const open = { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET' };
  t.strictSame(await ask('/a.txt', 'https://example.com'), [200, { ...open, ...VARY }], 'the second rule');
  t.strictSame(await ask('/a.txt', 'http://other', 'HEAD'), [200, VARY], 'no rule allows HEAD');
  t.strictSame(await ask('/a.txt'), [200, {}], 'without Origin');
});

t.test('S3 gives no CORS headers if the bucket has no rules', async (t) => {
  const web = await start(t);
  const { status, headers } = await web.ask('/a.txt', { headers: { origin: 'https://app.example.com' } });
  t.strictSame([status, corsOf(headers)], [200, {}]);
});

t.test('a rule fits by its origins, methods and headers', async (t) => {
  const [rule] = readCorsRules({
    CorsConfiguration: {
      CorsRules: [
        'words',
        {
          AllowedOrigins: ['http://a.example', 'http://aba*ba', 'http://b*'],
          AllowedMethods: ['GET'],
          AllowedHeaders: ['*'],
        },
      ],
    },
  });
  for (const [origin, fits] of [
    ['http://a.example', true],
    ['http://aba-ba', true],
    ['http://ababa', true],
    ['http://aba', false],
    ['http://b', true],
    ['http://b.example', true],
    ['https://b', false],
    ['', false],
  ] as const) {
    const told = corsHeaders(rule ? [rule] : [], { method: 'GET', headers: { origin } });
    t.equal(told?.['access-control-allow-origin'], fits ? origin : undefined, origin);
  }
  const headers = {
    origin: 'http://b',
    'access-control-request-method': 'GET',
    'access-control-request-headers': ' X-One ',
  };
  const told = corsHeaders(rule ? [rule] : [], { method: 'OPTIONS', headers });
  t.equal(told?.['access-control-allow-headers'], 'x-one');
  t.equal(
    corsHeaders(
      readCorsRules({
        CorsConfiguration: { CorsRules: [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'] }] },
      }),
      {
        method: 'GET',
        headers: {},
      },
    ),
    undefined,
  );
});

const preflight = (method: string, names?: string, origin = 'https://app.example.com') => ({
  method: 'OPTIONS',
  headers: {
    ...(origin === '' ? {} : { origin }),
    'access-control-request-method': method,
    ...(names === undefined ? {} : { 'access-control-request-headers': names }),
  },
});

t.test('S3 answers a preflight with 200 and what is allowed', async (t) => {
  const web = await start(t, RULES);
  const { status, headers, body } = await web.ask('/a.txt', preflight('GET', 'x-amz-date, Authorization'));
  t.strictSame([status, body.length], [200, 0]);
  t.strictSame(corsOf(headers), {
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': 'x-amz-date, authorization',
    'access-control-expose-headers': 'ETag',
    'access-control-max-age': '300',
    ...VARY,
  });
  t.equal(
    (await web.ask('/none', preflight('GET', undefined, 'https://other'))).status,
    200,
    'a key that is not there',
  );
});

for (const [name, rules, asked, status, code, words] of [
  [
    'the bucket has no rules',
    undefined,
    preflight('GET'),
    403,
    'AccessForbidden',
    'CORSResponse: CORS is not enabled for this bucket.',
  ],
  [
    'no rule has the method',
    RULES,
    preflight('PUT'),
    403,
    'AccessForbidden',
    'CORSResponse: This CORS request is not allowed.',
  ],
  [
    'no rule has a header',
    RULES,
    preflight('GET', 'x-other'),
    403,
    'AccessForbidden',
    'CORSResponse: This CORS request is not allowed.',
  ],
  [
    'no rule has the origin',
    RULES.slice(0, 1),
    preflight('GET', undefined, 'https://example.com.evil'),
    403,
    'AccessForbidden',
    'CORSResponse: This CORS request is not allowed.',
  ],
  [
    'there is no Origin',
    RULES,
    preflight('GET', undefined, ''),
    400,
    'BadRequest',
    'Insufficient information. Origin request header needed.',
  ],
] as const) {
  t.test(`S3 refuses a preflight if ${name}`, async (t) => {
    const web = await start(t, rules ? [...rules] : undefined);
    const answer = await web.ask('/a.txt', asked);
    t.equal(answer.status, status);
    t.match(answer.body.toString(), `<Code>${code}</Code><Message>${words}</Message>`);
    t.notOk(answer.headers['access-control-allow-origin']);
  });
}
