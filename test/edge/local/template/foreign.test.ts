import { OriginRequestPolicy } from 'aws-cdk-lib/aws-cloudfront';
import t from 'tap';
import { ttlSeconds } from '../../../../edge/local/cache/cache.ts';
import { distributionsOf, readDistribution } from '../../../../edge/local/template/distribution.ts';
import { isGenerated } from '../../../../edge/local/template/origin-request-policy.ts';
import { bucketIn, type OriginBinding } from '../../../../edge/local/template/origins.ts';
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

function read(
  text: string,
  ignore: string[] = [],
  origins: Record<string, OriginBinding> = { site: { folder: '.' } },
) {
  return readDistribution(parseTemplate(text), {
    ...{ region: 'us-east-1', accountId: '000000000000', keyPairIds: {}, ignore, origins },
  });
}

t.test('Accept-Encoding is a header like any other for a policy that takes no encodings', async (t) => {
  const [behavior] = read(template({})).behaviors;
  t.match(behavior?.cachePolicy, { headers: ['accept-encoding'], acceptEncodings: [] });
  t.equal(behavior?.cachePolicy.takesCookie, undefined);
  const takes = template({}).replace('EnableAcceptEncodingGzip: false', 'EnableAcceptEncodingGzip: true');
  t.throws(() => read(takes), /Headers: accept-encoding is not modelled/);
});

t.test('a key that is there twice counts as it is written last', async (t) => {
  const twice = template({ config: 'DefaultRootObject: one.html\n        DefaultRootObject: two.html' });
  t.equal(read(twice).defaultRootObject, '/two.html');
});

t.test('what a template leaves out has the default of CloudFront', async (t) => {
  const lines = ['EnableAcceptEncodingGzip: false', 'EnableAcceptEncodingBrotli: false', 'Compress: true'];
  const [behavior] = read(lines.reduce((text, line) => text.replace(line, ''), template({}))).behaviors;
  t.equal(behavior?.isCompressed, false);
  t.match(behavior?.cachePolicy, { acceptEncodings: [], defaultTtlSeconds: 86_400 });
});

t.test('a parameter gives numbers and flags as text, and YAML gives text as numbers', async (t) => {
  const text = template({ config: 'DefaultRootObject: 404', behavior: 'SmoothStreaming: "false"' });
  const { behaviors, defaultRootObject, ignored } = read(text.replace('Enabled: true', 'Enabled: "true"'));
  t.equal(defaultRootObject, '/404');
  t.equal(behaviors[0]?.isCompressed, true);
  t.strictSame(ignored, []);
});

t.test('only whole names of headers are not for policies, or not for the origin', async (t) => {
  const names = ['My-Range', 'Range-2', 'X-Te', 'Te-2'];
  const policy = template({}).replace('[Accept-Encoding]', `[${names.join(', ')}]`);
  const lower = names.map((name) => name.toLowerCase());
  t.strictSame(read(policy).behaviors[0]?.cachePolicy.headers, lower);
  const older = template({}).replace('CachePolicyId: !Ref Policy', 'ForwardedValues: { QueryString: false }');
  const sent = read(older).behaviors[0]?.originRequestPolicy;
  t.strictSame(
    [...lower, 'te', 'range'].filter((name) => sent?.takesHeader(name, 'GET')),
    [...lower, 'range'],
  );
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
    const behavior = 'MinTTL: 5\n          MaxTTL: 0\n          ForwardedValues: { QueryString: true }';
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

t.test('the older settings have lifetimes, queries and encodings of their own', async (t) => {
  const older = (lines: string, values = 'QueryString: true') =>
    read(
      template({ behavior: lines }).replace('CachePolicyId: !Ref Policy', `ForwardedValues: { ${values} }`),
    ).behaviors[0];
  for (const [lines, minTtlSeconds, defaultTtlSeconds, maxTtlSeconds] of [
    ['', 0, 86_400, 31_536_000],
    ['MinTTL: 100000', 100_000, 100_000, 31_536_000],
    ['DefaultTTL: 40000000', 0, 40_000_000, 40_000_000],
  ] as const)
    t.match(older(lines)?.cachePolicy, { minTtlSeconds, defaultTtlSeconds, maxTtlSeconds }, lines);
  for (const [values, taken] of [
    ['QueryString: true', ['a', 'b']],
    ['QueryString: true, QueryStringCacheKeys: [a]', ['a']],
    ['QueryString: false', []],
  ] as const) {
    const takes = older('', values)?.cachePolicy.takesQueryString ?? (() => false);
    t.strictSame(['a', 'b'].filter(takes), taken, values);
  }
  const encodings = (...given: Parameters<typeof older>) => older(...given)?.cachePolicy.acceptEncodings;
  t.strictSame(encodings(''), ['gzip']);
  t.strictSame(encodings('', 'QueryString: true, Headers: ["*"]'), []);
  const plain = template({})
    .replace('Compress: true', '')
    .replace('CachePolicyId: !Ref Policy', 'ForwardedValues: { QueryString: false }');
  t.strictSame(read(plain).behaviors[0]?.cachePolicy.acceptEncodings, []);
  t.equal(older('')?.originRequestPolicy?.isWithoutS3Overrides, false);
  for (const [cookies, taken] of [
    ['Forward: all', ['a', 'b']],
    ['Forward: whitelist, WhitelistedNames: [a]', ['a']],
    ['Forward: none', undefined],
  ] as const) {
    const takes = older('', `QueryString: true, Cookies: { ${cookies} }`)?.cachePolicy.takesCookie;
    t.strictSame(takes && ['a', 'b'].filter(takes), taken, cookies);
  }
});

const HEADERS = ['access-control-request-method', 'accept', 'host', 'origin', 'referer', 'user-agent'];

t.test('each policy of AWS takes what its page says to the origin', async (t) => {
  const { ALL_VIEWER, ALL_VIEWER_AND_CLOUDFRONT_2022, ALL_VIEWER_EXCEPT_HOST_HEADER } = OriginRequestPolicy;
  const { CORS_CUSTOM_ORIGIN, CORS_S3_ORIGIN, ELEMENTAL_MEDIA_TAILOR } = OriginRequestPolicy;
  const { USER_AGENT_REFERER_HEADERS, HOST_HEADER_ONLY } = OriginRequestPolicy;
  const [preflight] = HEADERS;
  for (const [{ originRequestPolicyId: id }, headers, takesQuery, takesCookie, isWithoutS3Overrides] of [
    [ALL_VIEWER, HEADERS, true, true, true],
    [ALL_VIEWER_AND_CLOUDFRONT_2022, HEADERS, true, true, true],
    [ALL_VIEWER_EXCEPT_HOST_HEADER, HEADERS.filter((name) => name !== 'host'), true, true, true],
    [CORS_CUSTOM_ORIGIN, ['origin'], false, false, false],
    [CORS_S3_ORIGIN, [preflight, 'origin'], false, false, false],
    [ELEMENTAL_MEDIA_TAILOR, [preflight, 'origin', 'user-agent'], true, false, true],
    [USER_AGENT_REFERER_HEADERS, ['referer', 'user-agent'], false, false, false],
    [HOST_HEADER_ONLY, ['host'], false, false, false],
  ] as const) {
    const { behaviors, ignored } = read(template({ behavior: `OriginRequestPolicyId: ${id}` }));
    const policy = behaviors[0]?.originRequestPolicy;
    t.strictSame(ignored, [], id);
    t.strictSame(
      HEADERS.filter((name) => policy?.takesHeader(name, 'GET')),
      headers,
      id,
    );
    t.strictSame(
      [policy?.takesQueryString('a'), policy?.takesCookie('a'), policy?.isWithoutS3Overrides],
      [takesQuery, takesCookie, isWithoutS3Overrides],
      id,
    );
    const generated = id === ALL_VIEWER_AND_CLOUDFRONT_2022.originRequestPolicyId ? 21 : 0;
    t.equal(policy?.generated.filter((name) => /^cloudfront-[a-z-]+$/.test(name)).length, generated, id);
    t.equal(policy?.generated.length, generated, id);
  }
});

t.test('a policy of the template takes all, none, what it lists, or what it does not list', async (t) => {
  const taken = (parts: string) => {
    const more = `  Sent:
    Type: AWS::CloudFront::OriginRequestPolicy
    Properties: { OriginRequestPolicyConfig: { Name: s${parts} } }`;
    const [behavior] = read(template({ behavior: 'OriginRequestPolicyId: !Ref Sent', more })).behaviors;
    const policy = behavior?.originRequestPolicy;
    t.equal(policy?.isWithoutS3Overrides, false);
    return ['a', 'ab', 'b'].map((name) => [
      policy?.takesCookie(name),
      policy?.takesQueryString(name),
      policy?.takesHeader(name, 'GET'),
    ]);
  };
  const [no, yes] = [
    [false, false, false],
    [true, true, true],
  ];
  const same = (behavior: string, list = '') =>
    `, CookiesConfig: { CookieBehavior: ${behavior}${list && `, Cookies: ${list}`} }, QueryStringsConfig: { QueryStringBehavior: ${behavior}${list && `, QueryStrings: ${list}`} }`;
  for (const [parts, expected] of [
    ['', [no, no, no]],
    [`${same('none')}, HeadersConfig: { HeaderBehavior: none }`, [no, no, no]],
    [`${same('all')}, HeadersConfig: { HeaderBehavior: allViewer }`, [yes, yes, yes]],
    [
      `${same('whitelist', '[a]')}, HeadersConfig: { HeaderBehavior: whitelist, Headers: [A] }`,
      [yes, no, no],
    ],
    [
      `${same('allExcept', '[a]')}, HeadersConfig: { HeaderBehavior: allExcept, Headers: [A] }`,
      [no, yes, yes],
    ],
    [
      `${same('whitelist', '["a*"]')}, HeadersConfig: { HeaderBehavior: whitelist, Headers: [a, ab] }`,
      [yes, yes, no],
    ],
  ] as const)
    t.strictSame(taken(parts), expected, parts);
  t.ok(isGenerated('cloudfront-viewer-country'));
  t.notOk(isGenerated('x-cloudfront-'));
});

t.test('what decides about viewers and not about answers is noted', async (t) => {
  const config = `Restrictions: { GeoRestriction: { RestrictionType: whitelist, Locations: [DE] } }
        Staging: true
        WebACLId: a1
        ContinuousDeploymentPolicyId: d1`;
  const { ignored } = read(template({ config }).replace('Enabled: true', 'Enabled: false'));
  t.strictSame(
    ignored.map((line) => line.replace(/^.*Distribution\./, '')),
    [
      'Enabled: it is disabled, and served here',
      'Staging: it gets no share of the requests to the other distribution',
      'WebACLId: its rules are not run',
      'ContinuousDeploymentPolicyId: no request goes to a staging distribution',
      'Restrictions.GeoRestriction: viewers of every country are let in',
    ],
  );
  const empty = `Restrictions: { GeoRestriction: { RestrictionType: none } }
        WebACLId: ''`;
  t.strictSame(read(template({ config: empty })).ignored, []);
});

t.test('the list of distributions needs no value that is missing', async (t) => {
  const text = template({ config: 'DefaultRootObject: !ImportValue x' });
  const names = distributionsOf(parseTemplate(text), { region: 'us-east-1', accountId: '1' });
  t.strictSame(names, ['Web']);
  const given = { region: 'us-east-1', accountId: '1', keyPairIds: {}, origins: { site: { folder: '.' } } };
  t.equal(readDistribution(parseTemplate(template({})), { ...given, distribution: 'Web' }).id, 'Web');
});

t.test('CloudFront keeps some errors for ten seconds, if nobody says otherwise', async (t) => {
  const { errorPages, behaviors } = read(template({}));
  const policy = behaviors[0]?.cachePolicy;
  if (!policy) throw new Error('there is no behavior');
  const kept = Array.from({ length: 200 }, (_, index) => 400 + index).flatMap((status) => {
    const seconds = ttlSeconds(policy, errorPages.ttlSeconds, { status, headers: new Map() }, 0);
    return seconds === 0 ? [] : [[status, seconds]];
  });
  t.strictSame(
    kept,
    [404, 414, 500, 501, 502, 503, 504].map((status) => [status, 10]),
  );
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
      'OriginGroups[0].SelectionCriteria: "media-quality-based" is not modelled',
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

t.test(
  'a binding is that of the domain, then of the id, then of the bucket, and is plain http',
  async (t) => {
    const text = template({}).replaceAll('site.s3.', 'my-site.s3.');
    const names = ['my-site.s3.us-east-1.amazonaws.com', 'site', 'my-site'];
    for (const [index, name] of names.entries()) {
      const bindings = Object.fromEntries(names.slice(index).map((one) => [one, { folder: one }]));
      t.strictSame(read(text, [], bindings).origins[0]?.binding, { folder: name });
    }
    const https = { url: 'https://localhost:1' };
    t.throws(
      () => read(text, [], { site: https }),
      /bindings\.origins\["my-site\..*"\]: https:\/\/localhost:1 must be plain http/,
    );
    const unknown = template({}).replace(/DomainName: .*/, 'DomainName: !ImportValue x');
    t.throws(() => read(unknown, [], {}), /DomainName: the import x has no value/);
    t.equal(read(unknown).origins[0]?.domainName, '', 'the id is enough');
    const server = unknown.replace('S3OriginConfig', 'CustomOriginConfig');
    t.throws(() => read(server, [], {}), /bindings\.origins\["site"\]: it is missing, for the origin site/);
    t.equal(bucketIn('a.s3.amazonaws.com.example'), 'a.s3.amazonaws.com.example');
    const plain = server.replace(/DomainName: .*/, 'DomainName: a.example');
    for (const [missing, help] of [
      [text, { option: 'bucket', name: 'my-site' }],
      [text.replace('S3OriginConfig', 'CustomOriginConfig'), { option: 'bucket', name: 'my-site' }],
      [plain, { option: 'origin', name: 'site' }],
      [plain.replace('CustomOriginConfig', 'S3OriginConfig'), { option: 'bucket', name: 'a.example' }],
    ] as const) {
      const thrown = await Promise.resolve()
        .then(() => read(missing, [], {}))
        .catch((error: unknown) => error);
      t.strictSame(thrown instanceof TemplateError && thrown.helps, [help], help.option);
    }
    for (const kind of ['S3OriginConfig', 'CustomOriginConfig'])
      t.throws(() => originOf(`${kind}: { Other: 1 }`), new RegExp(`${kind}.Other: it is not modelled`));
  },
);

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
    importFrom: { bucket: 'b', key: 'folder/k.json' },
  });
  for (const [text, words] of [
    [withFunction({ code: `${longest}/` }), 'FunctionCode: it has 10241 bytes; CloudFront takes 10240'],
    [
      withFunction({ associations: `${ASSOCIATION}, ${ASSOCIATION}` }),
      'EventType: CloudFront takes one function for viewer-request',
    ],
    [imported(`{ SourceType: S4, SourceArn: ${arn} }`), 'ImportSource.SourceType: "S4" is not modelled'],
    [imported(`{ SourceType: S3, SourceArn: x:${arn} }`), 'is not an object of a bucket'],
  ] as const)
    t.throws(() => read(text), new RegExp(words), words);
});

t.test('a function that is not published yet is run, and that is said', async (t) => {
  const { behaviors, ignored } = read(withFunction({}));
  t.equal(behaviors[0]?.functions.viewerRequest?.name, 'Code');
  t.match(ignored[0], /AutoPublish: CloudFront associates a function once it is published/);
});

const withHeaders = (config: string) =>
  template({
    behavior: 'ResponseHeadersPolicyId: !Ref Headers',
    more: `  Headers:
    Type: AWS::CloudFront::ResponseHeadersPolicy
    Properties:
      ResponseHeadersPolicyConfig: { Name: h, ${config} }`,
  });
const cors = (origins: string, more = '') =>
  withHeaders(
    `CorsConfig: { AccessControlAllowCredentials: false, OriginOverride: false, AccessControlAllowOrigins: { Items: [${origins}] }${more} }`,
  );

t.test('headers of a policy have lower-case names', async (t) => {
  const config = `RemoveHeadersConfig: { Items: [{ Header: X-Gone }] },
        CustomHeadersConfig: { Items: [{ Header: X-Own, Value: A, Override: true }] }`;
  t.strictSame(read(withHeaders(config)).behaviors[0]?.responseHeadersPolicy, {
    removed: ['x-gone'],
    headers: [{ name: 'x-own', value: 'A', override: true }],
  });
});

t.test('a preflight gets the methods and headers that a policy lists', async (t) => {
  const lists = (methods: string, headers: string) =>
    `, AccessControlAllowMethods: { Items: [${methods}] }, AccessControlAllowHeaders: { Items: [${headers}] }`;
  for (const [more, methods, headers] of [
    [lists('GET, PUT', 'Range, X-A'), 'GET, PUT', 'Range, X-A'],
    [lists('ALL', ''), 'GET, DELETE, HEAD, OPTIONS, PATCH, POST, PUT', undefined],
    ['', undefined, undefined],
  ] as const) {
    const preflight = read(cors('"*"', more)).behaviors[0]?.responseHeadersPolicy?.cors?.preflight;
    t.strictSame([preflight?.methods, preflight?.headers], [methods, headers], more);
  }
  t.throws(() => read(cors('a*b')), /AccessControlAllowOrigins: a\*b is not modelled/);
});

t.test('what is left out by name may have any value', async (t) => {
  const behavior = 'FieldLevelEncryptionId: C1\n          GrpcConfig: { Enabled: true }';
  const config = 'ConnectionMode: tenant-only';
  const text = template({ behavior, config });
  for (const empty of ['GrpcConfig: { Enabled: false }', 'GrpcConfig: {}'])
    t.strictSame(read(template({ behavior: empty })).ignored, [], empty);
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
