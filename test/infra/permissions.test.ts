import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  EVERYTHING,
  functionOf,
  OTHERWISE,
  ofType,
  plain,
  propertiesOf,
  type Synthesized,
  templatesOf,
} from './support/production.ts';

const { gateway, watch } = templatesOf();
const { gateway: all } = templatesOf(EVERYTHING);
/** Files are scanned, without a key of their own. */
const { gateway: scanned } = templatesOf(OTHERWISE);
const { kmsKeyArn, signingKmsKeyArn } = EVERYTHING;
const OF_KEY = allow(['kms:Decrypt', 'kms:GenerateDataKey'], kmsKeyArn, {
  StringEquals: { 'kms:ViaService': 's3.eu-central-1.amazonaws.com' },
});

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Effect?: string;
  Condition?: unknown;
}

/** Every statement of every policy of a role, as text. */
function statementsOf(role: string, template = gateway): Statement[] {
  return ofType(template, 'AWS::IAM::Policy').flatMap(({ Properties }) => {
    const { Roles, PolicyDocument } = plain(Properties) as {
      Roles: string[];
      PolicyDocument: { Statement: Statement[] };
    };
    return Roles.includes(`<${role}>`) ? PolicyDocument.Statement : [];
  });
}

function allow(Action: string | string[], Resource: unknown, Condition?: object): Statement {
  return { Action, ...(Condition ? { Condition } : {}), Effect: 'Allow', Resource };
}

/** The permissions of all functions on the sessions' table and on the edge's store. */
const RECORDS = [
  allow(
    ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
    '<Sessions.Arn>',
  ),
  allow('dynamodb:Query', '<Sessions.Arn>/index/due'),
  allow(
    ['cloudfront-keyvaluestore:DescribeKeyValueStore', 'cloudfront-keyvaluestore:UpdateKeys'],
    '<Revocations.Arn>',
  ),
];
const LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:gateway-1-AbCdEf';

t.test('the service: every statement, by action, resource and condition', async (t) => {
  const expected = [
    allow(LOG, '<AuthLogs.Arn>'),
    ...RECORDS,
    allow(
      ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      ['<Files.Arn>/users/*', '<Files.Arn>/teams/*'],
    ),
    allow('s3:ListBucket', '<Files.Arn>', { StringLike: { 's3:prefix': ['users/*', 'teams/*'] } }),
    allow(
      ['GetItem', 'PutItem', 'DeleteItem', 'Query'].map((action) => `dynamodb:${action}`),
      '<Details.Arn>',
    ),
    allow('lambda:InvokeFunction', '<Mover.Arn>'),
    allow('secretsmanager:GetSecretValue', SECRET),
  ];
  t.strictSame(statementsOf('AuthRole'), expected);
  const ofKeys = [allow(['kms:Sign', 'kms:GetPublicKey'], signingKmsKeyArn), OF_KEY];
  t.strictSame(statementsOf('AuthRole', all), [...expected, ...ofKeys]);
});

t.test('the mover: it reads files and their versions, and nothing but S3 gets their bytes', async (t) => {
  t.strictSame(statementsOf('MoverRole'), [
    allow(LOG, '<MoverLogs.Arn>'),
    ...RECORDS,
    allow(
      [
        's3:GetObject',
        's3:GetObjectVersion',
        's3:PutObject',
        's3:AbortMultipartUpload',
        's3:DeleteObject',
        's3:DeleteObjectVersion',
      ],
      ['<Files.Arn>/users/*', '<Files.Arn>/teams/*'],
    ),
    allow('s3:ListBucket', '<Files.Arn>'),
    allow('s3:ListBucketVersions', '<Files.Arn>', { StringLike: { 's3:prefix': ['users/*', 'teams/*'] } }),
    allow(
      ['GetItem', 'PutItem', 'DeleteItem', 'Query'].map((action) => `dynamodb:${action}`),
      '<Details.Arn>',
    ),
  ]);
});

t.test('of all roles, only that of the mover reads files, or sees and deletes versions', async (t) => {
  const roles = Object.keys(gateway.Resources)
    .filter((id) => gateway.Resources[id]?.Type === 'AWS::IAM::Role')
    .map((id) => id.replace(/[0-9A-F]{8}$/, ''));
  const may = (action: RegExp) =>
    roles.filter((role) =>
      statementsOf(role).some(({ Action }) => [Action].flat().some((one) => action.test(one))),
    );
  t.strictSame(may(/\*/), [], 'no action is a pattern');
  t.strictSame(may(/^s3:Get/), ['MoverRole']);
  t.strictSame(may(/^s3:.*Version/), ['MoverRole']);
  t.strictSame(may(/^lambda:/), ['AuthRole']);
  t.strictSame(may(/Tag/), [], 'nobody says what a scanner found');
});

t.test(
  'the schedule: its log, the records, the edge’s store; it deletes teams’ files, and no user’s',
  async (t) => {
    t.strictSame(statementsOf('ReconcilerRole'), [
      allow(LOG, '<ReconcilerLogs.Arn>'),
      ...RECORDS,
      allow('s3:DeleteObject', '<Files.Arn>/teams/*'),
      allow('s3:ListBucket', '<Files.Arn>', { StringLike: { 's3:prefix': 'teams/*' } }),
      allow(['dynamodb:Query', 'dynamodb:DeleteItem'], '<Details.Arn>'),
    ]);
  },
);

t.test('there are no other roles and policies, and only Lambda may assume these', async (t) => {
  const roles = ofType(gateway, 'AWS::IAM::Role');
  t.equal(ofType(gateway, 'AWS::IAM::Policy').length, 3);
  t.strictSame(
    roles.map(({ Properties }) => Properties),
    [1, 2, 3].map(() => ({
      AssumeRolePolicyDocument: {
        Statement: [
          { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
        ],
        Version: '2012-10-17',
      },
    })),
  );
  t.strictSame(
    ofType(watch, 'AWS::IAM::Role').concat(ofType(watch, 'AWS::IAM::Policy')),
    [],
    'the other stack has none',
  );
});

t.test('only the schedule and this API may call functions, and neither may call the mover', async (t) => {
  for (const type of ['AWS::Lambda::Url', 'AWS::Lambda::EventSourceMapping']) {
    t.strictSame(ofType(gateway, type), [], type);
  }
  t.strictSame(
    ofType(gateway, 'AWS::Lambda::Permission').map(({ Properties }) => plain(Properties)),
    [
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: '<Reconciler.Arn>',
        Principal: 'events.amazonaws.com',
        SourceArn: '<Schedule.Arn>',
      },
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: '<Auth.Arn>',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: 'arn:<AWS::Partition>:execute-api:eu-central-1:123456789012:<Api>/*/*',
      },
    ],
  );
});

t.test(
  'the bucket: the distribution reads the files of users and teams, and learns which are missing; nobody reads without TLS',
  async (t) => {
    const [policy] = ofType(gateway, 'AWS::S3::BucketPolicy');
    const fromDistribution = {
      Condition: {
        StringEquals: {
          'AWS:SourceArn': 'arn:<AWS::Partition>:cloudfront::123456789012:distribution/<Distribution>',
        },
      },
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
    };
    t.strictSame(plain(policy?.Properties), {
      Bucket: '<Files>',
      PolicyDocument: {
        Statement: [
          {
            Action: 's3:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Resource: ['<Files.Arn>', '<Files.Arn>/*'],
          },
          {
            Action: 's3:GetObject',
            ...fromDistribution,
            Resource: ['<Files.Arn>/users/*', '<Files.Arn>/teams/*'],
          },
          { Action: 's3:ListBucket', ...fromDistribution, Resource: '<Files.Arn>' },
        ],
        Version: '2012-10-17',
      },
    });
  },
);

t.test(
  'docs/deploy.policies.json: CloudFormation may make each type of resource of the templates',
  async (t) => {
    const policies = JSON.parse(readFileSync('docs/deploy.policies.json', 'utf8'));
    const allowed = JSON.stringify(policies.cloudformation.Statement).toLowerCase();
    const services = new Set(
      Object.values(templatesOf(EVERYTHING)).flatMap(({ Resources }) =>
        Object.values(Resources).map(({ Type }) => Type.split('::')[1]?.toLowerCase().replace('v2', '')),
      ),
    );
    services.delete('cdk');
    for (const service of services) t.ok(allowed.includes(`"${service}:`), String(service));
  },
);

const SCAN = 's3:ExistingObjectTag/GuardDutyMalwareScanStatus';

t.test('with scan, the distribution reads what was scanned, and only the scanner’s role writes tags', (t) => {
  const policyOf = (template: Synthesized): Statement[] =>
    Object(propertiesOf(template, 'AWS::S3::BucketPolicy')['PolicyDocument']).Statement;
  const served = (template: Synthesized) =>
    Object(
      Object(policyOf(template).find(({ Action }) => Action === 's3:GetObject')?.Condition).StringEquals,
    )[SCAN];
  t.equal(served(gateway), undefined);
  t.strictSame(served(scanned), ['NO_THREATS_FOUND']);
  const notScanned = ['NO_THREATS_FOUND', 'UNSUPPORTED', 'ACCESS_DENIED', 'FAILED'];
  t.strictSame(served(all), notScanned, 'THREATS_FOUND never');
  const denied = policyOf(scanned).filter(({ Effect }) => Effect === 'Deny');
  t.strictSame(denied.slice(1), [
    {
      Action: [
        's3:PutObjectTagging',
        's3:PutObjectVersionTagging',
        's3:DeleteObjectTagging',
        's3:DeleteObjectVersionTagging',
      ],
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': '<ScannerRole.Arn>' } },
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Resource: '<Files.Arn>/*',
    },
  ]);
  t.end();
});

t.test('with scan, a function notes the results, and may nothing else', async (t) => {
  t.strictSame(statementsOf('ScannedRole', scanned), [
    allow(LOG, '<ScannedLogs.Arn>'),
    allow(['dynamodb:GetItem', 'dynamodb:PutItem'], '<Details.Arn>'),
  ]);
  const stores = { DETAILS_TABLE_NAME: '<Details>', BUCKET_NAME: '<Files>' };
  t.strictSame(functionOf(scanned, 'scanned').settings, stores);
  t.equal(functionOf(scanned, 'lambda').settings.SCAN, 'guardduty');
  const rule = ofType(scanned, 'AWS::Events::Rule').find(({ Properties }) => Properties['EventPattern']);
  t.strictSame(plain(rule?.Properties['EventPattern']), {
    source: ['aws.guardduty'],
    'detail-type': ['GuardDuty Malware Protection Object Scan Result'],
    detail: { s3ObjectDetails: { bucketName: ['<Files>'] } },
  });
});

t.test('with a key for the files, those who write or read files may use it, through S3 only', async (t) => {
  for (const role of ['AuthRole', 'MoverRole', 'ScannerRole', 'ReconcilerRole', 'ScannedRole']) {
    const ofKey = statementsOf(role, all).filter(({ Action }) => String(Action).includes('kms:Decrypt'));
    t.strictSame(ofKey, ['AuthRole', 'MoverRole', 'ScannerRole'].includes(role) ? [OF_KEY] : [], role);
  }
  t.match(propertiesOf(all, 'AWS::S3::Bucket')['BucketEncryption'], {
    ServerSideEncryptionConfiguration: [
      { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: kmsKeyArn } },
    ],
  });
});

t.test('with scan, GuardDuty has a role of its own, which writes no file', async (t) => {
  const rule =
    'arn:<AWS::Partition>:events:eu-central-1:123456789012:rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*';
  t.strictSame(statementsOf('ScannerRole', scanned), [
    allow(['events:PutRule', 'events:DeleteRule', 'events:PutTargets', 'events:RemoveTargets'], rule, {
      StringLike: { 'events:ManagedBy': 'malware-protection-plan.guardduty.amazonaws.com' },
    }),
    allow(['events:DescribeRule', 'events:ListTargetsByRule'], rule),
    allow(['s3:GetObject', 's3:GetObjectVersion'], '<Files.Arn>/*'),
    allow(
      [
        's3:GetObjectTagging',
        's3:GetObjectVersionTagging',
        's3:PutObjectTagging',
        's3:PutObjectVersionTagging',
      ],
      '<Files.Arn>/*',
    ),
    allow(['s3:ListBucket', 's3:GetBucketNotification', 's3:PutBucketNotification'], '<Files.Arn>'),
    allow('s3:PutObject', '<Files.Arn>/malware-protection-resource-validation-object'),
  ]);
  const { AssumeRolePolicyDocument } =
    Object.entries(scanned.Resources).find(([id]) => id.startsWith('ScannerRole'))?.[1].Properties ?? {};
  t.match(AssumeRolePolicyDocument, {
    Statement: [{ Principal: { Service: 'malware-protection-plan.guardduty.amazonaws.com' } }],
  });
  t.match(propertiesOf(scanned, 'AWS::GuardDuty::MalwareProtectionPlan'), {
    Role: '<ScannerRole.Arn>',
    ProtectedResource: { S3Bucket: { BucketName: '<Files>' } },
    Actions: { Tagging: { Status: 'ENABLED' } },
  });
  t.strictSame(ofType(gateway, 'AWS::GuardDuty::MalwareProtectionPlan'), []);
});

t.test('the bucket tells EventBridge if the values say so, or files are scanned', async (t) => {
  const told = (template: Synthesized) =>
    propertiesOf(template, 'AWS::S3::Bucket')['NotificationConfiguration'];
  const everything = { EventBridgeConfiguration: { EventBridgeEnabled: true } };
  t.equal(told(gateway), undefined, 'AWS bills each event');
  t.strictSame(told(templatesOf({ events: true }).gateway), everything);
  t.strictSame(told(scanned), everything);
});

t.test('docs/SECURITY.md says of each role what a thief could do with it', async (t) => {
  const roles = Object.entries(all.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  const [, section = ''] = readFileSync('docs/SECURITY.md', 'utf8').split('## What a stolen role can do');
  const rows =
    section
      .split('\n## ', 1)[0]
      ?.split('\n')
      .filter((line) => line.startsWith('| `')) ?? [];
  const cellsOf = (role: string) =>
    rows
      .find((row) => row.includes(`\`${role}\``))
      ?.split('|')
      .map((cell) => cell.trim());
  t.equal(rows.length, roles.length);
  for (const role of roles.map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))) {
    const [, , reads = '', writes = '', signs = ''] = cellsOf(role) ?? [];
    t.ok(reads && writes && signs, role);
    const may = (action: RegExp) =>
      statementsOf(role, all).some(({ Action }) => [Action].flat().some((one) => action.test(one)));
    t.equal(may(/^kms:Sign$/), signs !== 'nothing', `${role} signs`);
    t.equal(may(/^s3:GetObject$/) || role === 'BackupRole', /every file/.test(reads), `${role} reads files`);
    t.equal(
      may(/^cloudfront-keyvaluestore:UpdateKeys$/),
      /edge's store/.test(writes),
      `${role} tells the edge`,
    );
    t.equal(may(/^s3:DeleteObjectVersion$/), /for ever/.test(writes), `${role} deletes for ever`);
  }
});
