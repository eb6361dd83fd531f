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
