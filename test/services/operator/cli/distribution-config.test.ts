import t from 'tap';
import { readDistribution } from '../../../../edge/local/template/distribution.ts';
import {
  templateConfigOf,
  withoutQuantities,
  withPlainLists,
} from '../../../../services/operator/cli/distribution-config.ts';

const listed = (...items: unknown[]) =>
  items.length === 0 ? { Quantity: 0 } : { Quantity: items.length, Items: items };
const origin = (id: string) => ({
  ...{
    Id: id,
    DomainName: `${id}.example.com`,
    OriginPath: '',
    ConnectionAttempts: 3,
    ConnectionTimeout: 10,
  },
  ...{ CustomHeaders: listed({ HeaderName: 'X-Key', HeaderValue: 'k' }), OriginShield: { Enabled: false } },
  CustomOriginConfig: {
    ...{
      HTTPPort: 80,
      HTTPSPort: 443,
      OriginProtocolPolicy: 'https-only',
      OriginReadTimeout: 30,
      OriginKeepaliveTimeout: 5,
    },
    OriginSslProtocols: listed('TLSv1.2'),
  },
  OriginAccessControlId: '',
});

/** The configuration as the SDK gives it for a distribution that is some years old. */
const API = {
  ...{
    CallerReference: 'r',
    Comment: '',
    DefaultRootObject: 'index.html',
    Enabled: true,
    PriceClass: 'PriceClass_All',
  },
  ...{
    HttpVersion: 'http2',
    IsIPV6Enabled: true,
    WebACLId: '',
    Staging: false,
    ContinuousDeploymentPolicyId: '',
  },
  Aliases: listed(),
  Origins: listed(origin('a'), origin('b')),
  OriginGroups: listed({
    ...{ Id: 'both', FailoverCriteria: { StatusCodes: listed(500, 502) } },
    Members: listed({ OriginId: 'a' }, { OriginId: 'b' }),
  }),
  DefaultCacheBehavior: {
    ...{ TargetOriginId: 'both', ViewerProtocolPolicy: 'https-only', Compress: true, SmoothStreaming: false },
    ...{ MinTTL: 1, DefaultTTL: 2, MaxTTL: 3, FieldLevelEncryptionId: '', GrpcConfig: { Enabled: false } },
    AllowedMethods: { ...listed('HEAD', 'GET', 'OPTIONS'), CachedMethods: listed('HEAD', 'GET') },
    TrustedSigners: { Enabled: false, ...listed() },
    TrustedKeyGroups: { Enabled: false, ...listed('unused') },
    ForwardedValues: {
      ...{ QueryString: true, Cookies: { Forward: 'whitelist', WhitelistedNames: listed('c') } },
      ...{ Headers: listed('Origin'), QueryStringCacheKeys: listed('q') },
    },
    ...{ LambdaFunctionAssociations: listed(), FunctionAssociations: listed() },
  },
  CacheBehaviors: listed(),
  CustomErrorResponses: listed(
    { ErrorCode: 404, ResponsePagePath: '/404.html', ResponseCode: '404', ErrorCachingMinTTL: 5 },
    { ErrorCode: 500, ResponsePagePath: '', ResponseCode: '', ErrorCachingMinTTL: 0 },
  ),
  Logging: { Enabled: true, IncludeCookies: true, Bucket: 'logs.s3.amazonaws.com', Prefix: '' },
  Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
};

t.test('what the API tells is a distribution that the local CloudFront reads', async (t) => {
  const config = templateConfigOf(API);
  t.strictSame(config['Logging'], { Bucket: 'logs.s3.amazonaws.com', Prefix: '', IncludeCookies: true });
  const properties = JSON.parse(JSON.stringify({ DistributionConfig: config }));
  const template = { Resources: { E1: { Type: 'AWS::CloudFront::Distribution', Properties: properties } } };
  const server = { url: 'http://localhost' };
  const read = readDistribution(template, {
    ...{ region: 'us-east-1', accountId: '123456789012', keyPairIds: {}, origins: { a: server, b: server } },
  });
  const [behavior] = read.behaviors;
  t.strictSame(behavior?.allowedMethods, ['HEAD', 'GET', 'OPTIONS']);
  t.strictSame(behavior?.origin.failover?.statuses, [500, 502]);
  t.strictSame(behavior?.cachePolicy.headers, ['origin']);
  t.match(behavior, {
    ...{
      keepsOptions: false,
      trustedKeys: undefined,
      isCompressed: true,
    },
    origin: {
      primary: { id: 'a', customHeaders: { 'x-key': 'k' } },
      failover: { secondary: { id: 'b' } },
    },
    cachePolicy: { minTtlSeconds: 1, defaultTtlSeconds: 2, maxTtlSeconds: 3 },
  });
  const takes = ['q', 'x'].map((name) => behavior?.cachePolicy.takesQueryString(name));
  const takesCookie = ['c', 'x'].map((name) => behavior?.cachePolicy.takesCookie?.(name));
  t.strictSame(
    [takes, takesCookie],
    [
      [true, false],
      [true, false],
    ],
  );
  t.strictSame([...read.errorPages.pages], [[404, { path: '/404.html', status: 404 }]]);
  t.equal(read.defaultRootObject, '/index.html');
});

t.test('what is on in the API is there', async (t) => {
  const { DefaultCacheBehavior: behavior } = API;
  const signed = {
    ...behavior,
    TrustedKeyGroups: { Enabled: true, ...listed('group') },
    ForwardedValues: undefined,
  };
  const geo = { RestrictionType: 'blacklist', ...listed('XX') };
  const shield = { Enabled: true, OriginShieldRegion: 'eu-west-1' };
  const config = templateConfigOf({
    ...{ ...API, DefaultCacheBehavior: signed, CacheBehaviors: listed({ ...signed, PathPattern: '/a/*' }) },
    ...{
      Logging: { Enabled: false, Bucket: '' },
      Restrictions: { GeoRestriction: geo },
      OriginGroups: listed(),
      Origins: listed({ ...origin('a'), OriginShield: shield }, origin('b')),
    },
  });
  const { DefaultCacheBehavior, CacheBehaviors, Restrictions, Origins } = JSON.parse(JSON.stringify(config));
  t.strictSame(DefaultCacheBehavior.TrustedKeyGroups, ['group']);
  t.notOk('MinTTL' in DefaultCacheBehavior || 'ForwardedValues' in DefaultCacheBehavior);
  t.strictSame(
    CacheBehaviors.map(({ PathPattern }: { PathPattern: string }) => PathPattern),
    ['/a/*'],
  );
  t.strictSame(
    Origins.map(({ OriginShield }: { OriginShield?: object }) => OriginShield),
    [shield, undefined],
  );
  t.strictSame(Restrictions, { GeoRestriction: { RestrictionType: 'blacklist', Locations: ['XX'] } });
  t.notOk('Logging' in config || 'OriginGroups' in config);
});

t.test('an empty list of a response headers policy stays a list', async (t) => {
  t.strictSame(withoutQuantities({ a: listed(), b: listed({ c: listed('d') }) }), {
    ...{ a: { Items: [] }, b: { Items: [{ c: { Items: ['d'] } }] } },
  });
});

t.test('a list of another policy is a plain one', async (t) => {
  const policy = { a: listed('b'), c: { d: listed(), e: 1 } };
  t.strictSame(withPlainLists(policy), { a: ['b'], c: { d: [], e: 1 } });
});
