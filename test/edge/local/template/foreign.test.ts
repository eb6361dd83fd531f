import t from 'tap';
import { readDistribution } from '../../../../edge/local/template/distribution.ts';
import { parseTemplate } from '../../../../edge/local/template/parse-template.ts';
import { TemplateError } from '../../../../edge/local/template/template-error.ts';
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

function read(text: string, ignore: string[] = []) {
  return readDistribution(parseTemplate(text), {
    ...{ region: 'us-east-1', accountId: '000000000000', keyPairIds: {}, ignore },
    origins: { site: { folder: '.' } },
  });
}

t.test('Accept-Encoding is a header like any other for a policy that takes no encodings', async (t) => {
  const [behavior] = read(template({})).behaviors;
  t.match(behavior?.cachePolicy, { headers: ['accept-encoding'], acceptEncodings: [] });
  const takes = template({}).replace('EnableAcceptEncodingGzip: false', 'EnableAcceptEncodingGzip: true');
  t.throws(() => read(takes), /Headers: accept-encoding is not modelled/);
});

t.test('a key that is there twice counts as it is written last', async (t) => {
  const twice = template({ config: 'DefaultRootObject: one.html\n        DefaultRootObject: two.html' });
  t.equal(read(twice).defaultRootObject, '/two.html');
});

t.test('an access control that another stack has made signs', async (t) => {
  const { origins, ignored } = read(template({ origin: 'OriginAccessControlId: !Ref Control' }));
  t.equal(origins[0]?.isSigned, true);
  t.match(
    ignored[0],
    /OriginAccessControlId: E2QWRUHAPOMQZL is not an .* of this template; requests are signed/,
  );
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
  t.equal(behaviors[0]?.cachePolicy.maxTtlSeconds, 0);
  t.match(
    ignored[0],
    'CachePolicyId: p1 is not an AWS::CloudFront::CachePolicy of this template; nothing is cached',
  );
});

t.test('a behavior whose keys are of another stack opens for no signature', async (t) => {
  const [behavior] = read(template({ behavior: 'TrustedKeyGroups: [g1]' })).behaviors;
  t.equal(behavior?.trustedKeys?.size, 0);
});

t.test(
  'settings beside a policy that CloudFront refuses there are noted, and the policy counts',
  async (t) => {
    const behavior = 'MinTTL: 5\n          ForwardedValues: { QueryString: true }';
    const { behaviors, ignored } = read(template({ behavior }));
    t.equal(behaviors[0]?.cachePolicy.minTtlSeconds, 0);
    t.strictSame(
      ignored.map((line) => line.replace(/^.*DefaultCacheBehavior\./, '')),
      ['ForwardedValues', 'MinTTL'].map(
        (name) => `${name}: CloudFront refuses it beside CachePolicyId, and here the policy counts`,
      ),
    );
  },
);

t.test('what decides about viewers and not about answers is noted', async (t) => {
  const config = `Restrictions: { GeoRestriction: { RestrictionType: whitelist, Locations: [DE] } }
        Staging: true
        ContinuousDeploymentPolicyId: d1`;
  const { ignored } = read(template({ config }));
  t.strictSame(
    ignored.map((line) => line.replace(/^.*Distribution\./, '')),
    [
      'Staging: it gets no share of the requests to the other distribution',
      'ContinuousDeploymentPolicyId: no request goes to a staging distribution',
      'Restrictions.GeoRestriction: viewers of every country are let in',
    ],
  );
});

t.test('a version of a Lambda function whose name is the value of a parameter', async (t) => {
  const more = `  Version:
    Type: AWS::Lambda::Version
    Properties: { FunctionName: !Ref Named }`;
  const behavior =
    'LambdaFunctionAssociations: [{ EventType: origin-request, LambdaFunctionARN: !Ref Version }]';
  const text = template({ behavior, more }).replace('Parameters:', 'Parameters:\n  Named: { Type: String }');
  const thrown = await Promise.resolve()
    .then(() => read(text))
    .catch((error: unknown) => error);
  t.match(thrown, { helps: [{ option: 'value', name: 'Named' }] });
});

t.test('a name from a part of the id of the stack', async (t) => {
  const part = '!Select [4, !Split ["-", !Select [2, !Split ["/", !Ref "AWS::StackId"]]]]';
  t.match(read(template({ config: `DefaultRootObject: ${part}` })).defaultRootObject, /^\/[0-9a-f]{12}$/);
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
      behavior:
        'LambdaFunctionAssociations: [{ EventType: viewer-request, LambdaFunctionARN: <ARN of the version> }]',
    }),
    'LambdaFunctionARN: <ARN of the version> is not the ARN of a function',
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
    [
      template({}).replace('allow-all', '!ImportValue x'),
      'ViewerProtocolPolicy: the import x has no value; give one',
    ],
    [template({}).replace('allow-all', 'http-only'), 'ViewerProtocolPolicy: "http-only" is not modelled'],
  ] as const)
    t.throws(() => read(text), new RegExp(words.replaceAll(/[.[\]]/g, '\\$&')), words);
  const { origins, errorPages } = read(
    page(`ErrorCachingMinTTL: "11", ResponseCode: "200", ResponsePagePath: /a.html`).replace(
      'S3OriginConfig: {}',
      'S3OriginConfig: {}\n            OriginPath: /a',
    ),
  );
  t.equal(origins[0]?.path, '/a');
  t.equal(errorPages.ttlSeconds.get(404), 11);
  t.strictSame([...errorPages.pages], [[404, { path: '/a.html', status: 200 }]]);
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

t.test('a function that is not published yet is run, and that is said', async (t) => {
  const more = `  Code:
    Type: AWS::CloudFront::Function
    Properties:
      Name: f
      FunctionCode: function handler(event) { return event.request; }
      FunctionConfig: { Comment: c, Runtime: cloudfront-js-2.0 }`;
  const association =
    'FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt Code.FunctionARN }]';
  const { behaviors, ignored } = read(template({ behavior: association, more }));
  t.equal(behaviors[0]?.functions.viewerRequest?.name, 'Code');
  t.match(ignored[0], /AutoPublish: CloudFront associates a function once it is published/);
});

t.test('what is left out by name may have any value', async (t) => {
  const behavior = 'FieldLevelEncryptionId: C1\n          GrpcConfig: { Enabled: true }';
  const config = 'ConnectionMode: tenant-only';
  const text = template({ behavior, config });
  const names = ['FieldLevelEncryptionId', 'GrpcConfig', 'ConnectionMode'];
  t.strictSame(
    read(text, names)
      .ignored.map((path) => path.replace(/^.*\./, ''))
      .toSorted(),
    names.toSorted(),
  );
  const thrown = await Promise.resolve()
    .then(() => read(text))
    .catch((error: unknown) => error);
  const helps = thrown instanceof TemplateError ? thrown.helps : [];
  t.strictSame(
    helps.map(({ option, name }) => `${option} ${name}`).toSorted(),
    names.map((name) => `ignore ${name}`).toSorted(),
  );
});
