import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import t from 'tap';
import { ecKey } from '../../support/local-values.ts';
import { type Account, answersOf, environmentOf, list, startAccount } from './stand-in-account.ts';

const run = promisify(execFile);
const CLI = resolve('edge/command/cli.ts');
const { publicPem } = ecKey('K1');
const ANSWERS = answersOf('function handler(event) { return event.request; }', publicPem);
const DISTRIBUTION = '/2020-05-31/distribution/E1';
const NEVER_SEEN = [
  'standard logging v2: its deliveries belong to CloudWatch Logs',
  'keys of the account that no key group of this distribution has',
  'other distributions, which may have the same origins',
  'the signer: the Resource and the life of its policies (lint assumes 86400 s at most), and its hash',
];

async function linted(account: Account, id = 'E1', env = {}) {
  const options = { env: { ...process.env, ...environmentOf(account), ...env } };
  const { stdout, status } = await run(
    process.execPath,
    [CLI, 'lint', '--distribution', id, '--json'],
    options,
  )
    .then((given) => ({ ...given, status: 0 }))
    .catch((error) => ({ ...Object(error), status: Object(error).code }));
  const lines = String(stdout)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return {
    status,
    found: lines.flatMap(({ rule, resource, property }) => (rule ? [`${rule} ${resource}.${property}`] : [])),
    unseen: lines.flatMap(({ unseen }) => unseen ?? []),
  };
}

t.test('what is deployed, read as a template is', async (t) => {
  const account = await startAccount(t, { ...ANSWERS });
  t.strictSame(await linted(account), { status: 0, found: [], unseen: NEVER_SEEN });
  t.strictSame(
    account.asked.toSorted(),
    Object.keys(ANSWERS)
      .map((path) => `GET ${path}`)
      .toSorted(),
    'each once',
  );
});

t.test('a bucket whose host names no region', async (t) => {
  const account = await startAccount(t, { ...ANSWERS });
  const before = account.answers[DISTRIBUTION] ?? '';
  account.answers[DISTRIBUTION] = before.replace('media.s3.eu-central-1.', 'media.s3.');
  t.strictSame(await linted(account), { status: 0, found: [], unseen: NEVER_SEEN });
});

t.test('each part of several behaviors, read once; what AWS manages is not read', async (t) => {
  const whole = ANSWERS[DISTRIBUTION] ?? '';
  const [, behavior = ''] = /<DefaultCacheBehavior>([\s\S]*)<\/DefaultCacheBehavior>/.exec(whole) ?? [];
  const own =
    '<OriginRequestPolicyId>request-1</OriginRequestPolicyId><RealtimeLogConfigArn>arn:aws:cloudfront::1:realtime-log-config/log-1</RealtimeLogConfigArn>';
  const managed =
    '<OriginRequestPolicyId>216adef6-5c7f-47e4-b989-5492eafa07d3</OriginRequestPolicyId><ResponseHeadersPolicyId>67f7725c-6f97-4210-82d7-5512b31e9d03</ResponseHeadersPolicyId><CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>';
  const behaviors = [
    `<PathPattern>own/*</PathPattern>${behavior}${own}`,
    `<PathPattern>managed/*</PathPattern>${behavior.replace(/<CachePolicyId>.*/, managed)}`,
  ];
  const server =
    '<Origin><Id>server</Id><DomainName>a.example.com</DomainName><CustomOriginConfig><OriginProtocolPolicy>https-only</OriginProtocolPolicy></CustomOriginConfig></Origin>';
  const described = '/2020-05-31/function/on-request/describe?Stage=LIVE';
  const answers: Record<string, string> = {
    ...ANSWERS,
    [DISTRIBUTION]: whole
      .replace(
        '<CacheBehaviors><Quantity>0</Quantity>',
        `<CacheBehaviors>${list('CacheBehavior', ...behaviors)}`,
      )
      .replace('</Origin></Items>', `</Origin>${server}</Items>`),
    [described]: (ANSWERS[described] ?? '').replace(
      '<KeyValueStoreAssociations><Quantity>0</Quantity>',
      `<KeyValueStoreAssociations>${list('KeyValueStoreAssociation', '<KeyValueStoreARN>arn:aws:cloudfront::1:key-value-store/entries</KeyValueStoreARN>')}`,
    ),
    '/2020-05-31/origin-request-policy/request-1':
      '<OriginRequestPolicy><Id>request-1</Id><OriginRequestPolicyConfig><Name>r</Name></OriginRequestPolicyConfig></OriginRequestPolicy>',
    '/2020-05-31/get-realtime-log-config':
      '<GetRealtimeLogConfigResult><RealtimeLogConfig><Name>log-1</Name><Fields><Field>cs-uri-query</Field></Fields></RealtimeLogConfig></GetRealtimeLogConfigResult>',
  };
  const account = await startAccount(t, answers);
  t.strictSame(await linted(account), {
    status: 1,
    found: ['logs-hold-signatures log-1.Fields'],
    unseen: [
      ...NEVER_SEEN,
      'Function on-request: the entries of its KeyValueStore; the function was tried without entries',
    ],
  });
  t.strictSame(
    account.asked.map((asked) => asked.replace(/^\w+ /, '')).toSorted(),
    Object.keys(answers).toSorted(),
  );
});

t.test('a part that stays busy is asked for three times, and then named', async (t) => {
  const account = await startAccount(t, { ...ANSWERS });
  account.busy = /origin-access-control/;
  const { unseen } = await linted(account);
  t.strictSame(unseen, [
    'OriginAccessControl oac-1: ServiceUnavailable; grant cloudfront:GetOriginAccessControl to read it',
    ...NEVER_SEEN,
  ]);
  t.equal(account.asked.filter((asked) => account.busy?.test(asked)).length, 3);
});

t.test('its faults', async (t) => {
  const account = await startAccount(t, { ...ANSWERS });
  const change = (path: string, from: string, to: string) => {
    const before = account.answers[path] ?? '';
    t.ok(before.includes(from), from);
    account.answers[path] = before.replace(from, () => to);
  };
  const unsigned = `<PathPattern>public/*</PathPattern><TargetOriginId>media</TargetOriginId><TrustedKeyGroups><Enabled>false</Enabled>${list('KeyGroup')}</TrustedKeyGroups><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy><AllowedMethods>${list('Method', 'HEAD', 'GET')}</AllowedMethods><CachePolicyId>658327ea-f89d-4fab-a63d-7e88639e58f6</CachePolicyId>`;
  change(
    DISTRIBUTION,
    '<CacheBehaviors><Quantity>0</Quantity>',
    `<CacheBehaviors>${list('CacheBehavior', unsigned)}`,
  );
  change(
    DISTRIBUTION,
    '<Logging><Enabled>false</Enabled><IncludeCookies>false',
    '<Logging><Enabled>true</Enabled><IncludeCookies>true',
  );
  change(DISTRIBUTION, '<Bucket></Bucket>', '<Bucket>logs.s3.amazonaws.com</Bucket>');
  change('/media/?policy', 'AWS:SourceArn', 'aws:Referer');
  change(
    '/2020-05-31/function/on-request?Stage=LIVE',
    'return',
    "event.request.uri = decodeURIComponent(event.request.uri).replace(/[^/]+\\/\\.\\.\\//, ''); return",
  );
  change('/2020-05-31/cache-policy/cache-1', '<CookieBehavior>none', '<CookieBehavior>all');
  change('/2020-05-31/response-headers-policy/headers-1', 'https://app.example.com', '*');
  t.strictSame(await linted(account), {
    status: 1,
    found: [
      'function-crosses-prefix E1.DistributionConfig.DefaultCacheBehavior.FunctionAssociations',
      'no-source-arn media/policy.PolicyDocument.Statement[0]',
      'http-allowed E1.DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy',
      'cors-any-origin headers-1.ResponseHeadersPolicyConfig.CorsConfig.AccessControlAllowOrigins',
      'unsigned-shares-origin E1.DistributionConfig.CacheBehaviors[0].TargetOriginId',
      'signing-defeats-cache E1.DistributionConfig.DefaultCacheBehavior.CachePolicyId',
      'logs-hold-signatures E1.DistributionConfig.Logging.IncludeCookies',
    ],
    unseen: NEVER_SEEN,
  });
});

t.test('an open list of a bucket, which blocks nothing', async (t) => {
  const { '/media/?publicAccessBlock': block = '', '/media/?policy': _policy, ...others } = ANSWERS;
  const grantee =
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>';
  const account = await startAccount(t, {
    ...others,
    '/media/?acl': `<AccessControlPolicy><AccessControlList><Grant>${grantee}<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`,
  });
  t.strictSame(await linted(account), {
    status: 1,
    found: ['public-bucket media/bucket.AccessControl'],
    unseen: NEVER_SEEN,
  });
  account.answers['/media/?publicAccessBlock'] = block;
  t.strictSame(await linted(account), { status: 0, found: [], unseen: NEVER_SEEN }, 'the list is ignored');
});

t.test('a function with the name of the bucket hides nothing of it', async (t) => {
  const { '/media/?publicAccessBlock': _block, ...others } = ANSWERS;
  const renamed = Object.entries(others).map(([path, answer]) => [
    path.replace('/on-request', '/media'),
    answer.replaceAll(/on-request/g, 'media'),
  ]);
  const account = await startAccount(t, Object.fromEntries(renamed));
  const acl = account.answers['/media/?acl'] ?? '';
  const everybody = '<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>';
  account.answers['/media/?acl'] = acl.replace('<ID>o</ID></Grantee>', everybody);
  t.strictSame(await linted(account), {
    status: 1,
    found: ['public-bucket media/bucket.AccessControl'],
    unseen: NEVER_SEEN,
  });
});

t.test('what may not be read is named, with the permission; what hangs on it is silent', async (t) => {
  const archive =
    '<Origin><Id>a</Id><DomainName>archive.s3.eu-central-1.amazonaws.com</DomainName><S3OriginConfig/></Origin>';
  const { '/media/?publicAccessBlock': _block, [DISTRIBUTION]: whole = '', ...others } = ANSWERS;
  const account = await startAccount(t, {
    ...others,
    [DISTRIBUTION]: whole.replace('</Origin></Items>', `</Origin>${archive}</Items>`),
  });
  account.denied = /cache-policy|headers-policy|\/function\/|\?policy|\?acl/;
  t.strictSame(await linted(account), {
    status: 0,
    found: [],
    unseen: [
      ...[
        'CachePolicy cache-1: AccessDenied; grant cloudfront:GetCachePolicy to read it',
        'Function on-request: AccessDenied; grant cloudfront:GetFunction and cloudfront:DescribeFunction to read it',
        'ResponseHeadersPolicy headers-1: AccessDenied; grant cloudfront:GetResponseHeadersPolicy to read it',
        'bucket archive: its access control list: AccessDenied; grant s3:GetBucketAcl to read it',
        'bucket archive: its policy: AccessDenied; grant s3:GetBucketPolicy to read it',
        'bucket media: its access control list: AccessDenied; grant s3:GetBucketAcl to read it',
        'bucket media: its policy: AccessDenied; grant s3:GetBucketPolicy to read it',
      ],
      ...NEVER_SEEN,
      'E1: DistributionConfig.DefaultCacheBehavior.FunctionAssociations[0].FunctionARN: on-request is not an AWS::CloudFront::Function of this template',
      'E1: DistributionConfig.DefaultCacheBehavior.CachePolicyId: cache-1 is not an AWS::CloudFront::CachePolicy of this template',
      'E1: DistributionConfig.DefaultCacheBehavior.ResponseHeadersPolicyId: headers-1 is not an AWS::CloudFront::ResponseHeadersPolicy of this template',
    ],
  });
  account.denied = /distribution/;
  t.strictSame(await linted(account), { status: 2, found: [], unseen: [] });
});

t.test('without the package that reads buckets, the rest is judged', async (t) => {
  const hooks = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (name === '@aws-sdk/client-s3') throw new Error('there is none');
      return next(name, context);
    } });`;
  const { '/media/?policy': _policy, ...others } = ANSWERS;
  t.strictSame(
    await linted(await startAccount(t, others), 'E1', {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}`,
    }),
    {
      status: 0,
      found: [],
      unseen: [
        'bucket media: @aws-sdk/client-s3 is not installed; reading a live distribution needs it: npm install @aws-sdk/client-s3',
        ...NEVER_SEEN,
      ],
    },
  );
});

t.test('a distribution that is not there', async (t) => {
  const account = await startAccount(t, { ...ANSWERS });
  t.strictSame(await linted(account, 'E2'), { status: 2, found: [], unseen: [] });
});
