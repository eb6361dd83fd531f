// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { type Mutant, mutantsOf } from '../support/mutants.ts';

const TESTS = 'test/infra';

/** Faults in the stack, and in the check of its values. */
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf('infra/files-distribution.ts', `${TESTS}/gateway-stack.test.ts`, [
    ['signs nothing', 'trustedKeyGroups: [keyGroup],', ''],
    ['serves over HTTP too', 'ViewerProtocolPolicy.HTTPS_ONLY', 'ViewerProtocolPolicy.ALLOW_ALL'],
    ['takes writes', 'AllowedMethods.ALLOW_GET_HEAD', 'AllowedMethods.ALLOW_ALL'],
    ['keeps copies for an hour', 'const EDGE_TTL_SECONDS = 5;', 'const EDGE_TTL_SECONDS = 3600;'],
    [
      'puts the whole query into the key',
      "CacheQueryStringBehavior.allowList('v')",
      'CacheQueryStringBehavior.all()',
    ],
    ['puts cookies into the key', 'CacheCookieBehavior.none()', 'CacheCookieBehavior.all()'],
    ['accepts old TLS', 'SecurityPolicyProtocol.TLS_V1_2_2021', 'SecurityPolicyProtocol.TLS_V1_1_2016'],
    ['keeps errors', 'ttl: Duration.seconds(0),', 'ttl: Duration.seconds(10),'],
  ]),
  ...mutantsOf('infra/files-bucket.ts', `${TESTS}/permissions.test.ts`, [
    [
      'lets CloudFront read the whole bucket',
      "['s3:GetObject', bucket.arnForObjects('users/*')]",
      "['s3:GetObject', bucket.arnForObjects('*')]",
    ],
    [
      'lets any distribution read',
      "conditions: { StringEquals: { 'AWS:SourceArn': distribution.distributionArn } },",
      "conditions: { StringLike: { 'AWS:SourceArn': 'arn:aws:cloudfront::*' } },",
    ],
  ]),
  ...mutantsOf('infra/files-bucket.ts', `${TESTS}/gateway-stack.test.ts`, [
    ['lets every page upload', 'allowedOrigins: [values.appOrigin],', "allowedOrigins: ['*'],"],
    [
      'is public if a policy says so',
      's3.BlockPublicAccess.BLOCK_ALL',
      's3.BlockPublicAccess.BLOCK_ACLS_ONLY',
    ],
    ['is deleted with the stack', 'RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE', 'RemovalPolicy.DESTROY'],
  ]),
  ...mutantsOf('infra/app-host.ts', `${TESTS}/permissions.test.ts`, [
    ['reads files', "['PutObject', 'DeleteObject',", "['PutObject', 'GetObject', 'DeleteObject',"],
    ['lists everything', "conditions: { StringLike: { 's3:prefix': 'users/*' } },", ''],
    ['reads every secret', 'resources: [values.secretArn]', "resources: ['*']"],
    [
      'may list the store of revocations',
      "['cloudfront-keyvaluestore:DescribeKeyValueStore', 'cloudfront-keyvaluestore:UpdateKeys']",
      "['cloudfront-keyvaluestore:DescribeKeyValueStore', 'cloudfront-keyvaluestore:ListKeys', 'cloudfront-keyvaluestore:UpdateKeys']",
    ],
    [
      'may scan the table',
      "'dynamodb:GetItem', 'dynamodb:PutItem',",
      "'dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:PutItem',",
    ],
  ]),
  ...mutantsOf('infra/app-host.ts', `${TESTS}/gateway-stack.test.ts`, [
    ['never expires an item', "timeToLiveAttribute: 'ttl',", ''],
    [
      'has no point-in-time recovery',
      'pointInTimeRecoveryEnabled: true',
      'pointInTimeRecoveryEnabled: false',
    ],
  ]),
  ...mutantsOf('infra/http-api.ts', `${TESTS}/app-host.test.ts`, [
    [
      'answers under its own name too',
      'disableExecuteApiEndpoint: true,',
      'disableExecuteApiEndpoint: false,',
    ],
    ['accepts any number of requests', 'rateLimit: requestsPerSecond,', 'rateLimit: 10_000,'],
    [
      'asks for a burst that no account has',
      'Math.min(2 * requestsPerSecond, MOST_IN_A_BURST)',
      '2 * requestsPerSecond',
    ],
    [
      'logs the query',
      "path: '$context.path',",
      "path: '$context.path?$context.requestOverride.querystring',",
    ],
  ]),
  ...mutantsOf('infra/reconciler.ts', `${TESTS}/app-host.test.ts`, [
    [
      'shares the instances of a flood',
      '    ...(values.reserveSchedule ? { reservedConcurrentExecutions: 1 } : {}),\n',
      '',
    ],
  ]),
  ...mutantsOf('infra/gateway-stack.ts', `${TESTS}/gateway-stack.test.ts`, [
    ['takes the web ACL away', 'if (values.webAclArn !== undefined)', 'if (values.webAclArn === null)'],
  ]),
  ...mutantsOf('infra/alarm.ts', `${TESTS}/watch-stack.test.ts`, [
    [
      'lets alarms of every account publish',
      "conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },",
      '',
    ],
    [
      'lets nobody publish',
      "new iam.ServicePrincipal('cloudwatch.amazonaws.com')",
      'new iam.AccountRootPrincipal()',
    ],
  ]),
  ...mutantsOf('infra/edge-metrics.ts', `${TESTS}/watch-stack.test.ts`, [
    ['rings at one refused request', '>= ${100 * atLeast}', '>= ${atLeast}'],
  ]),
  ...mutantsOf('infra/watch-service.ts', `${TESTS}/watch-stack.test.ts`, [
    ['rings at one failed request', 'errors >= 5', 'errors >= 1'],
    ['overlooks what is set aside', "'$.setAside'", "'$.failures'"],
    ['rings at one failed try', 'threshold: 1,\n      periods: 3,', 'threshold: 1,'],
    [
      'overlooks the clock of the schedule',
      "filter('ReconcilerClockWrong', scheduleLog,",
      "filter('ReconcilerClockWrong', serviceLog,",
    ],
    ['counts every answer as refused', "['$.status', '429']", "['$.status', '200']"],
  ]),
  ...mutantsOf('infra/service-settings.ts', `${TESTS}/service-settings.test.ts`, [
    ['takes settings that Lambda refuses', 'bytes <= MOST_BYTES', 'bytes <= 2 * MOST_BYTES'],
    ['forgets the names that CloudFormation makes', "BUCKET_NAME: 'x'.repeat(63)", "BUCKET_NAME: ''"],
  ]),
  ...mutantsOf('infra/values.ts', `${TESTS}/values.test.ts`, [
    ['takes a web ACL of a region', "webAcl.region !== 'us-east-1' || ", ''],
    ['takes a regional web ACL', " || !values.webAclArn?.includes(':global/')", ''],
  ]),
  ...mutantsOf('infra/files-host-values.ts', `${TESTS}/values.test.ts`, [
    [
      'takes a host that gets no certificate',
      'url.hostname.length > LONGEST_HOST',
      'url.hostname.length > 253',
    ],
  ]),
  ...mutantsOf('infra/arns.ts', `${TESTS}/values.test.ts`, [
    ['accepts a secret without the end of its ARN', '-[A-Za-z0-9]{6}', '(?:-[A-Za-z0-9]{6})?'],
    [
      'takes every key for the same key',
      'key/(?:${UUID}|mrk-[0-9a-f]{32})',
      'key/(?:${UUID}|mrk-[0-9a-f]{32}|\\\\*)',
    ],
    ['takes China', "if (partition !== 'aws') {", "if (partition === 'aws-us-gov') {"],
  ]),
  ...mutantsOf('infra/allow.ts', `${TESTS}/values.test.ts`, [
    [
      'lets everybody in if no rule is set',
      "if (raw === undefined) fault('allow',",
      "if (raw === undefined) Array.of('allow',",
    ],
    ['accepts a rule with another member', 'if (Object.keys(rest).length > 0) return undefined;', ''],
  ]),
  ...mutantsOf('infra/public-keys.ts', `${TESTS}/values.test.ts`, [
    ['accepts six keys', 'raw.length > 5', 'raw.length > 6'],
    ['accepts one name twice', '} else if (names.has(name)) {', '} else if (names.size < 0) {'],
  ]),
  ...mutantsOf('infra/public-keys.ts', `${TESTS}/files-host.test.ts`, [
    ['accepts text behind the key', '-----END PUBLIC KEY-----\\s*$/', '-----END PUBLIC KEY-----/'],
  ]),
  ...mutantsOf('infra/files-bucket.ts', `${TESTS}/permissions.test.ts`, [
    ['accepts requests without TLS', 'enforceSSL: true,', 'enforceSSL: false,'],
  ]),
];
