// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { type Mutant, mutantsOf } from '../support/mutants.ts';

const TESTS = 'test/infra';

/** Faults in the stack, and in what it takes for a value. */
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf('infra/files-host.ts', `${TESTS}/gateway-stack.test.ts`, [
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
    ['takes old TLS', 'SecurityPolicyProtocol.TLS_V1_2_2021', 'SecurityPolicyProtocol.TLS_V1_1_2016'],
    ['keeps errors', 'ttl: Duration.seconds(0),', 'ttl: Duration.seconds(10),'],
  ]),
  ...mutantsOf('infra/files-bucket.ts', `${TESTS}/permissions.test.ts`, [
    [
      'lets CloudFront read all',
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
      'is public where somebody says so',
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
      'may list the store of what is revoked',
      "['DescribeKeyValueStore', 'UpdateKeys', 'DeleteKey']",
      "['DescribeKeyValueStore', 'ListKeys', 'UpdateKeys', 'DeleteKey']",
    ],
    [
      'may scan the table',
      "'dynamodb:GetItem', 'dynamodb:PutItem',",
      "'dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:PutItem',",
    ],
  ]),
  ...mutantsOf('infra/app-host.ts', `${TESTS}/gateway-stack.test.ts`, [
    ['forgets nothing that has expired', "timeToLiveAttribute: 'ttl',", ''],
    ['has no way back in time', 'pointInTimeRecoveryEnabled: true', 'pointInTimeRecoveryEnabled: false'],
  ]),
  ...mutantsOf('infra/http-api.ts', `${TESTS}/app-host.test.ts`, [
    [
      'answers under its own name too',
      'disableExecuteApiEndpoint: true,',
      'disableExecuteApiEndpoint: false,',
    ],
    ['takes any number of requests', '    throttle: THROTTLE,\n', ''],
    [
      'logs the query',
      "path: '$context.path',",
      "path: '$context.path?$context.requestOverride.querystring',",
    ],
  ]),
  ...mutantsOf('infra/arns.ts', `${TESTS}/values.test.ts`, [
    ['takes a secret without the end of its ARN', '-[A-Za-z0-9]{6}', '(?:-[A-Za-z0-9]{6})?'],
    ['takes every key for one', 'key/(?:${UUID}|mrk-[0-9a-f]{32})', 'key/(?:${UUID}|mrk-[0-9a-f]{32}|\\\\*)'],
    ['takes China', "if (partition !== 'aws') {", "if (partition === 'aws-us-gov') {"],
  ]),
  ...mutantsOf('infra/allow.ts', `${TESTS}/values.test.ts`, [
    [
      'lets everybody in where nothing is said',
      'if (!rule) fault(',
      'if (!rule && raw !== undefined) fault(',
    ],
    ['takes a rule with something else in it', 'if (Object.keys(rest).length > 0) return undefined;', ''],
  ]),
  ...mutantsOf('infra/public-keys.ts', `${TESTS}/values.test.ts`, [
    ['takes six keys', 'raw.length > 5', 'raw.length > 6'],
    ['takes one name twice', '} else if (names.has(name)) {', '} else if (names.size < 0) {'],
  ]),
  ...mutantsOf('infra/public-keys.ts', `${TESTS}/files-host.test.ts`, [
    ['takes what stands behind the key', '-----END PUBLIC KEY-----\\s*$/', '-----END PUBLIC KEY-----/'],
  ]),
  ...mutantsOf('infra/files-bucket.ts', `${TESTS}/permissions.test.ts`, [
    ['takes requests without TLS', 'enforceSSL: true,', 'enforceSSL: false,'],
  ]),
];
