import t from 'tap';
import { readDistribution } from '../../../../edge/local/template/distribution.ts';
import type { OriginBinding } from '../../../../edge/local/template/origins.ts';
import { parseTemplate } from '../../../../edge/local/template/parse-template.ts';
import { REASONS, reasonOf } from '../../collection/collection.ts';

/** What people write and CloudFormation takes, in one distribution. Each test gives the lines that differ. */
const template = ({ config = '', behavior = '', origin = '', more = '' }) => `
Parameters:
  Control: { Type: String, Default: E2QWRUHAPOMQZL }
Resources:
  Web:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        ${config}
        Origins:
          - Id: site
            DomainName: site.s3.us-east-1.amazonaws.com
            S3OriginConfig: {}
            ${origin}
        DefaultCacheBehavior:
          TargetOriginId: site
          ViewerProtocolPolicy: allow-all
          Compress: true
          CachePolicyId: !Ref Policy
          ${behavior}
  Policy:
    Type: AWS::CloudFront::CachePolicy
    Properties:
      CachePolicyConfig:
        Name: p
        MinTTL: 0
        ParametersInCacheKeyAndForwardedToOrigin:
          CookiesConfig: { CookieBehavior: none }
          HeadersConfig: { HeaderBehavior: whitelist, Headers: [Accept-Encoding] }
          QueryStringsConfig: { QueryStringBehavior: none }
          EnableAcceptEncodingGzip: false
          EnableAcceptEncodingBrotli: false
${more}`;

function read(
  text: string,
  ignore: string[] = [],
  origins: Record<string, OriginBinding> = { site: { folder: '.' } },
) {
  return readDistribution(parseTemplate(text), {
    ...{ region: 'us-east-1', accountId: '000000000000', keyPairIds: {}, ignore, origins },
  });
}

t.test('a parameter gives numbers and flags as text, and YAML gives text as numbers', async (t) => {
  const text = template({ config: 'DefaultRootObject: 404', behavior: 'SmoothStreaming: "false"' });
  const { behaviors, defaultRootObject, ignored } = read(text.replace('Enabled: true', 'Enabled: "true"'));
  t.equal(defaultRootObject, '/404');
  t.equal(behaviors[0]?.isCompressed, true);
  t.strictSame(ignored, []);
});

const ORDER = '[{ EventType: viewer-request, FunctionARN: arn:aws:cloudfront::1:function/f }]';

t.test('what another stack has made is taken, and a line says what happens here instead', async (t) => {
  for (const [line, words] of [
    ['OriginRequestPolicyId: p1', 'OriginRequestPolicy of this template; it adds nothing'],
    ['ResponseHeadersPolicyId: p1', 'ResponseHeadersPolicy of this template; it sets no header'],
    [`FunctionAssociations: ${ORDER}`, 'Function of this template; it is not run'],
    ['TrustedKeyGroups: [g1]', 'KeyGroup of this template; no signature of its keys opens anything'],
  ] as const)
    t.match(read(template({ behavior: line })).ignored[0], words, line);
  const { behaviors, ignored } = read(template({}).replace('!Ref Policy', 'p1'));
  t.equal(behaviors[0]?.cachePolicy.MaxTTL, 0);
  t.match(
    ignored[0],
    'CachePolicyId: p1 is not an AWS::CloudFront::CachePolicy of this template; nothing is cached',
  );
});

t.test('a managed policy of another kind is not a cache policy', async (t) => {
  const allViewer = '216adef6-5c7f-47e4-b989-5492eafa07d3';
  t.match(read(template({}).replace('!Ref Policy', allViewer)).ignored[0], 'nothing is cached');
});

t.test('a behavior whose keys are of another stack opens for no signature', async (t) => {
  const [behavior] = read(template({ behavior: 'TrustedKeyGroups: [g1]' })).behaviors;
  t.equal(behavior?.trustedKeys?.size, 0);
});

const REFUSED: [text: string, words: string][] = [
  [template({ config: 'OriginSslProtocols: x' }), 'Distribution.OriginSslProtocols: it is not modelled'],
  [template({ config: 'HttpVersion: *' }), 'Alias cannot be an empty string'],
  [template({}).replace('Enabled: true', ''), 'Distribution.Enabled: it is missing'],
  [template({ config: 'DefaultRootObject: !Ref Nothing' }), 'Ref Nothing names no resource'],
  [
    template({}).replace(
      'CachePolicyId: !Ref Policy',
      'ForwardedValues: { QueryString: false, Headers: [X-Amz-Date] }',
    ),
    'Headers: x-amz-date is not modelled',
  ],
  [
    template({
      behavior: 'LambdaFunctionAssociations: [{ EventType: viewer-request, LambdaFunctionARN: a }]',
    }),
    'Lambda@Edge functions are not run here',
  ],
];

t.test('what CloudFormation refuses is refused by name', async (t) => {
  for (const [text, words] of [
    ...REFUSED,
    ['service: a\nprovider: { name: aws }', 'it has no Resources'],
  ] as const)
    t.throws(() => read(text), { message: new RegExp(words.replaceAll('.', '\\.')) }, words);
});

const page = (fields: string) =>
  template({ config: `CustomErrorResponses: [{ ErrorCode: 404, ${fields} }]` });

t.test('a value that CloudFront does not take is refused by name', async (t) => {
  const kinds = 'one of it, CustomOriginConfig and VpcOriginConfig is needed';
  const path = 'does not begin with a slash, or ends with one';
  for (const [text, words] of [
    [template({ origin: 'OriginPath: a' }), `Origins[0].OriginPath: a ${path}`],
    [template({ origin: 'OriginPath: /a/' }), `Origins[0].OriginPath: /a/ ${path}`],
    [template({}).replace('S3OriginConfig: {}', ''), `Origins[0].S3OriginConfig: ${kinds}`],
    [template({ origin: 'CustomOriginConfig: {}' }), `Origins[0].S3OriginConfig: ${kinds}`],
    [
      page('ResponseCode: 200, ResponsePagePath: a.html'),
      'ResponsePagePath: a.html does not begin with a slash',
    ],
    [page('ErrorCachingMinTTL: 1s'), 'ErrorCachingMinTTL: it is not a number of seconds'],
    [page('ErrorCachingMinTTL: s1'), 'ErrorCachingMinTTL: it is not a number of seconds'],
    [page('ErrorCachingMinTTL: -1'), 'ErrorCachingMinTTL: it is not a number of seconds'],
    [page('ErrorCachingMinTTL: " 1"'), 'ErrorCachingMinTTL: it is not a number of seconds'],
    [page('ErrorCachingMinTTL: "1 "'), 'ErrorCachingMinTTL: it is not a number of seconds'],
    [page('ErrorCachingMinTTL: ""'), 'ErrorCachingMinTTL: it is not a number of seconds'],
    [template({}).replace('[Accept-Encoding]', '[Via]'), 'Headers: via is not modelled'],
    [
      template({}).replace('!Ref Policy', '!ImportValue x'),
      'CachePolicyId: the import x has no value; give one',
    ],
    [
      template({ behavior: 'AllowedMethods: [GET, HEAD, POST]' }),
      'AllowedMethods: GET, HEAD, POST is not a set of methods that CloudFront takes',
    ],
    [
      template({}).replace('allow-all', '!ImportValue x'),
      'ViewerProtocolPolicy: the import x has no value; give one',
    ],
    [template({}).replace('allow-all', 'http-only'), 'ViewerProtocolPolicy: "http-only" is not modelled'],
    [
      template({
        config:
          'OriginGroups: { Items: [{ Id: g, SelectionCriteria: media-quality-based, FailoverCriteria: { StatusCodes: { Items: [500] } }, Members: { Items: [{ OriginId: site }, { OriginId: site }] } }] }',
      }),
      'OriginGroups.Items[0].SelectionCriteria: "media-quality-based" is not modelled',
    ],
  ] as const)
    t.throws(() => read(text), new RegExp(words.replaceAll(/[.[\]]/g, '\\$&')), words);
  const { origins, errorPages } = read(
    page(`ErrorCachingMinTTL: "11", ResponseCode: "200", ResponsePagePath: /a.html`).replace(
      'S3OriginConfig: {}',
      'S3OriginConfig: {}\n            OriginPath: /a',
    ),
  );
  t.equal(origins[0]?.path, '/a');
  t.equal(read(template({ config: 'DefaultRootObject: a/b.html' })).defaultRootObject, '/a/b.html');
  t.equal(errorPages.ttlSeconds.get(404), 11);
  t.strictSame([...errorPages.pages], [[404, { path: '/a.html', status: 200 }]]);
});

/** The first origin, with these lines in place of its own. */
function originOf(lines: string, { more = '', bindings = {} as Record<string, OriginBinding> } = {}) {
  const text = template({ more }).replace('S3OriginConfig: {}', lines);
  const [origin] = read(text, [], { site: { folder: '.' }, ...bindings }).origins;
  if (!origin) throw new Error('there is no origin');
  const { binding: _, ...rest } = origin;
  return rest;
}

const listing = (
  statement: string,
  bucket = '!Ref Site',
) => `  Site: { Type: AWS::S3::Bucket, Properties: { BucketName: site } }
  SitePolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: ${bucket}
      PolicyDocument:
        Statement: [{ Effect: Deny, Principal: a, Action: a }, { Effect: Allow, ${statement} }]`;

t.test('an origin lists a bucket if a policy of it says so to CloudFront, or to everybody', async (t) => {
  const service = 'Principal: { Service: cloudfront.amazonaws.com }';
  const identity = "Principal: { AWS: 'arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1' }";
  for (const [more, signed, unsigned] of [
    [listing(`${service}, Action: s3:ListBucket`), true, false],
    [listing(`${identity}, Action: '*'`), true, false],
    [listing(`Principal: '*', Action: 's3:*'`), true, true],
    [listing(`Principal: { AWS: '*' }, Action: [s3:GetObject, 's3:List*']`), true, true],
    [listing(`Principal: { AWS: '*', Service: a }, Action: '*'`), true, false],
    [listing(`${service}, Action: s3:ListBucket`, 'other'), false, false],
    [listing(`${service}, Action: s3:ListBucket`).replace('Effect: Allow', 'Effect: Deny'), false, false],
    [listing(`Principal: '*', Action: s3:ListBucketVersions`), false, false],
    [listing(`Principal: '*', Action: mys3:ListBucket`), false, false],
    [listing(`Principal: { AWS: 'arn:aws:iam::1:role/a' }, Action: '*'`), false, false],
  ] as const) {
    const lists = (config: string) => originOf(`S3OriginConfig: ${config}`, { more }).isListable;
    t.strictSame([lists('{ OriginAccessIdentity: E1 }'), lists('{}')], [signed, unsigned], more);
  }
});

t.test('an access control signs always, never, or if the viewer has not', async (t) => {
  const access = (changes: Record<string, string>, kind = 'S3OriginConfig') => {
    const config = {
      SigningBehavior: 'always',
      SigningProtocol: 'sigv4',
      OriginAccessControlOriginType: 's3',
    };
    return originOf(`${kind}: {}\n            OriginAccessControlId: !Ref Access`, {
      more: `  Access:
    Type: AWS::CloudFront::OriginAccessControl
    Properties: { OriginAccessControlConfig: ${JSON.stringify({ Name: 'a', ...config, ...changes })} }`,
    }).isSigned;
  };
  t.equal(access({}), true);
  t.equal(access({ SigningBehavior: 'no-override' }), true);
  t.equal(access({ SigningBehavior: 'never' }), false);
  t.equal(access({}, 'CustomOriginConfig'), false, 'no server here checks a signature');
  for (const name of ['SigningBehavior', 'SigningProtocol', 'OriginAccessControlOriginType'])
    t.throws(() => access({ [name]: 'a' }), new RegExp(`${name}: "a" is not modelled`), name);
});

t.test('there is a case of each reason for which a public template is refused', async (t) => {
  const reasons = REFUSED.map(([text, words]) => {
    try {
      read(text);
      return words;
    } catch (error) {
      return reasonOf(error instanceof Error ? error.message : '');
    }
  });
  t.strictSame(new Set(reasons), new Set(Object.keys(REASONS)));
});

const CODE = 'function handler(event) { return event.request; }';
const ASSOCIATION = '{ EventType: viewer-request, FunctionARN: !GetAtt Code.FunctionARN }';
const withFunction = ({ code = CODE, config = '', more = '', associations = ASSOCIATION }) =>
  template({
    behavior: `FunctionAssociations: [${associations}]`,
    more: `  Code:
    Type: AWS::CloudFront::Function
    Properties:
      Name: f
      FunctionCode: ${code}
      FunctionConfig: { Comment: c, Runtime: cloudfront-js-2.0${config} }
${more}`,
  });

t.test('a function that CloudFront would not take is refused by name', async (t) => {
  const longest = CODE.padEnd(10_240, '/');
  t.equal(read(withFunction({ code: longest })).behaviors[0]?.functions.viewerRequest?.code, longest);
  const imported = (source: string) =>
    withFunction({
      config: ', KeyValueStoreAssociations: [{ KeyValueStoreARN: !GetAtt Store.Arn }]',
      more: `  Store: { Type: AWS::CloudFront::KeyValueStore, Properties: { Name: s, ImportSource: ${source} } }`,
    });
  const arn = 'arn:aws:s3:::b/folder/k.json';
  const { viewerRequest } =
    read(imported(`{ SourceType: S3, SourceArn: ${arn} }`)).behaviors[0]?.functions ?? {};
  t.strictSame(viewerRequest?.keyValueStore, {
    logicalId: 'Store',
    importFrom: arn,
  });
  for (const [text, words] of [
    [withFunction({ code: `${longest}/` }), 'FunctionCode: it has 10241 bytes; CloudFront takes 10240'],
    [
      withFunction({ associations: `${ASSOCIATION}, ${ASSOCIATION}` }),
      'FunctionAssociations: CloudFront takes one function for viewer-request',
    ],
    [imported(`{ SourceType: S4, SourceArn: ${arn} }`), 'ImportSource.SourceType: "S4" is not modelled'],
  ] as const)
    t.throws(() => read(text), new RegExp(words), words);
});
