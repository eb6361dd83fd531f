import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { App } from 'aws-cdk-lib';
import t from 'tap';
import { GatewayStack } from '../../infra/gateway-stack.ts';
import { synthesize } from '../../infra/synth.ts';
import { parseStackValues } from '../../infra/values.ts';
import { localValues } from '../support/local-values.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import {
  EVERYTHING,
  functionOf,
  OTHERWISE,
  ofType,
  PRODUCTION,
  PUBLIC_KEYS,
  plain,
  propertiesOf,
  type Synthesized,
  templatesOf,
  WEB_ACL,
} from './support/production.ts';

const CODE = new URL('../../edge/function', import.meta.url).pathname;
const { gateway } = templatesOf();
const { gateway: all } = templatesOf(EVERYTHING);
const { gateway: other } = templatesOf(OTHERWISE);

t.test('the bucket is private, and keeps versions if the values say so', async (t) => {
  t.match(propertiesOf(gateway, 'AWS::S3::Bucket'), {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    BucketEncryption: Object,
    VersioningConfiguration: { Status: 'Enabled' },
  });
  const none = propertiesOf(other, 'AWS::S3::Bucket');
  t.equal(none['VersioningConfiguration'], undefined);
  t.strictSame(none['LifecycleConfiguration'], {
    Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }],
  });
  t.match(propertiesOf(gateway, 'AWS::CloudFront::OriginAccessControl'), {
    OriginAccessControlConfig: {
      SigningBehavior: 'always',
      SigningProtocol: 'sigv4',
      OriginAccessControlOriginType: 's3',
    },
  });
});

t.test('resources that outlive the stack keep their ids: another id means an empty bucket', async (t) => {
  const kept = Object.entries(gateway.Resources).flatMap(([id, { DeletionPolicy, UpdateReplacePolicy }]) =>
    DeletionPolicy === undefined ? [] : [[id, DeletionPolicy, UpdateReplacePolicy]],
  );
  t.strictSame(kept, [
    // Except on create: if a first deployment fails, its resources go too.
    ['Files8E6940B8', 'RetainExceptOnCreate', 'Retain'],
    ['Sessions8896A56D', 'RetainExceptOnCreate', 'Retain'],
    ['Details9AC9F377', 'RetainExceptOnCreate', 'Retain'],
    ['MoverLogsD3480018', 'Delete', 'Delete'],
    ['AuthLogs839647A4', 'RetainExceptOnCreate', 'Retain'],
    ['ReconcilerLogs12D6B32A', 'Delete', 'Delete'],
    ['ApiLogs3D05D88B', 'Delete', 'Delete'],
  ]);
});

t.test('with backup, bucket and tables are copied nightly into a vault that keeps each copy', async (t) => {
  t.strictSame(ofType(gateway, 'AWS::Backup::BackupVault'), []);
  const days = templatesOf({ backup: { days: 400 } }).gateway;
  for (const [copied, kept] of [
    [all, 35],
    [days, 400],
  ] as const) {
    const [vault] = ofType(copied, 'AWS::Backup::BackupVault');
    t.match(vault, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    t.strictSame(vault?.Properties['LockConfiguration'], { MinRetentionDays: kept });
    t.match(propertiesOf(copied, 'AWS::Backup::BackupPlan'), {
      BackupPlan: {
        BackupPlanRule: [{ Lifecycle: { DeleteAfterDays: kept }, ScheduleExpression: 'cron(0 3 * * ? *)' }],
      },
    });
    const stores = ['<Files.Arn>', '<Sessions.Arn>', '<Details.Arn>'];
    t.match(propertiesOf(copied, 'AWS::Backup::BackupSelection'), { BackupSelection: { Resources: stores } });
  }
  const failed = ofType(all, 'AWS::Events::Rule').map(({ Properties }) => plain(Properties['EventPattern']));
  t.match(failed.at(-1), { source: ['aws.backup'], detail: { resourceArn: ['<Files.Arn>'] } });
  // AWS Backup hears of new files this way, and another template would switch it off.
  t.match(propertiesOf(days, 'AWS::S3::Bucket'), {
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  });
});

t.test('a deployment may leave the scanner to a later update', async (t) => {
  const conditions = { Scans: { 'Fn::Equals': [{ Ref: 'Scan' }, 'on'] } };
  t.match(all, { Conditions: conditions, Parameters: { Scan: { Default: 'on' } } });
  const later = Object.entries(all.Resources).filter(([, resource]) => 'Condition' in resource);
  t.match(later, [['Scanner', { Type: 'AWS::GuardDuty::MalwareProtectionPlan', Condition: 'Scans' }]]);
  t.match(all.Outputs, { ScannerArn: { Condition: 'Scans' } }, 'npm run deploy sees that it is there');
});

t.test('the tables are protected if the values say so', async (t) => {
  for (const [template, isProtected] of [
    [other, true],
    [gateway, false],
  ] as const) {
    const tables = ofType(template, 'AWS::DynamoDB::Table');
    const flags = tables.map(({ Properties }) => Properties['DeletionProtectionEnabled']);
    t.strictSame(flags, [isProtected, isProtected]);
  }
});

t.test('with a zone, the stack has the records of both hosts, by IPv6 if the files host has it', (t) => {
  const recordsOf = (template: Synthesized) =>
    ofType(template, 'AWS::Route53::RecordSet').map(
      ({ Properties }) => `${Properties['Name']} ${Properties['Type']}`,
    );
  const [files, app] = ['files.app.example.com A', 'app.example.com A'];
  t.strictSame(recordsOf(other), [files, app]);
  t.strictSame(recordsOf(all), [files, `${files}AAA`, app]);
  t.strictSame(recordsOf(gateway), [], 'without a zone, the stack has no records');
  t.match(functionOf(all, 'lambda').settings, { FILES_IPV6: 'true' }, 'the service knows it');
  t.end();
});

t.test('the distribution has one behavior, all of it signed', async (t) => {
  const { DistributionConfig } = propertiesOf(gateway, 'AWS::CloudFront::Distribution');
  t.match(DistributionConfig, {
    Aliases: ['files.app.example.com'],
    CacheBehaviors: undefined,
    DefaultCacheBehavior: {
      AllowedMethods: ['GET', 'HEAD'],
      CachedMethods: ['GET', 'HEAD'],
      Compress: false,
      ViewerProtocolPolicy: 'https-only',
      TrustedKeyGroups: [String],
      FunctionAssociations: [{ EventType: 'viewer-request' }, { EventType: 'viewer-response' }],
    },
    // An error is asked for again at once: a refused or missing file may be there a moment later.
    CustomErrorResponses: [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((ErrorCode) => ({
      ErrorCode,
      ErrorCachingMinTTL: 0,
    })),
    IPV6Enabled: false,
    ViewerCertificate: {
      AcmCertificateArn: PRODUCTION.filesCertificateArn,
      MinimumProtocolVersion: 'TLSv1.2_2021',
      SslSupportMethod: 'sni-only',
    },
  });
  t.match(propertiesOf(gateway, 'AWS::CloudFront::CachePolicy'), {
    CachePolicyConfig: {
      ...{ MinTTL: 5, DefaultTTL: 5, MaxTTL: 5 },
      ParametersInCacheKeyAndForwardedToOrigin: {
        QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['v'] },
        CookiesConfig: { CookieBehavior: 'none' },
        HeadersConfig: { HeaderBehavior: 'none' },
      },
    },
  });
  t.match(propertiesOf(gateway, 'AWS::CloudFront::ResponseHeadersPolicy'), {
    ResponseHeadersPolicyConfig: {
      SecurityHeadersConfig: { StrictTransportSecurity: Object, ContentTypeOptions: { Override: true } },
      CorsConfig: {
        AccessControlAllowCredentials: true,
        AccessControlAllowOrigins: { Items: ['https://app.example.com'] },
      },
    },
  });
  const edgeOf = (template: Synthesized) =>
    propertiesOf(template, 'AWS::CloudFront::Distribution')['DistributionConfig'];
  t.match(edgeOf(all), { IPV6Enabled: true, WebACLId: WEB_ACL });
  t.equal(Object(edgeOf(gateway)).WebACLId, undefined);
  const codes = (template: Synthesized) => JSON.stringify(ofType(template, 'AWS::CloudFront::Function'));
  t.match(codes(gateway), /max-age=/);
  t.notMatch(codes(other), /max-age=/, 'browserCache: revalidate');
});

t.test('the service has no secret, and one name; a flood is bounded in front of it', async (t) => {
  t.notMatch(JSON.stringify(gateway), /PRIVATE KEY|CLIENT_SECRET|LOGIN_SECRET/);
  const reserved = (template: Synthesized) =>
    (['mover', 'lambda', 'reconcile'] as const).map(
      (program) => Object(functionOf(template, program)).ReservedConcurrentExecutions,
    );
  t.strictSame(
    reserved(all),
    [50, undefined, 1],
    'the most moves at a time; a flood cannot take the schedule',
  );
  t.strictSame(reserved(other), [undefined, 20, undefined], 'that of the service');
  t.strictSame(reserved(gateway), [undefined, undefined, undefined], 'a new account can reserve none');
  t.match(propertiesOf(gateway, 'AWS::ApiGatewayV2::Api'), {
    DisableExecuteApiEndpoint: true,
    ProtocolType: 'HTTP',
  });
  const { DefaultRouteSettings, AccessLogSettings } = propertiesOf(other, 'AWS::ApiGatewayV2::Stage');
  const burst = { ThrottlingBurstLimit: 5_000, ThrottlingRateLimit: 4_000 };
  t.strictSame(DefaultRouteSettings, burst, 'a burst never exceeds that of an account');
  t.match(AccessLogSettings, { DestinationArn: '<ApiLogs.Arn>' });
  const format = String(Object(AccessLogSettings)['Format']);
  t.match(format, '"path":"$context.path"');
  t.notMatch(format, /query|cookie|authoriz|header|requestOverride/i, 'neither codes nor cookies');
});

t.test('each function has the settings of its stores, and the service its key in KMS', async (t) => {
  const stores = {
    TABLE_NAME: '<Sessions>',
    DETAILS_TABLE_NAME: '<Details>',
    BUCKET_NAME: '<Files>',
    KEY_VALUE_STORE_ARN: '<Revocations.Arn>',
  };
  const mover = functionOf(gateway, 'mover');
  t.strictSame(mover.settings, { ...stores, KEEP_DELETED_DAYS: '7' }, 'no secret, and no address');
  t.match(mover, { Timeout: 900 }, 'time for large files');
  t.strictSame(
    functionOf(other, 'mover').settings,
    { ...stores, KEEP_DELETED_DAYS: '0', MAX_USER_BYTES: '6', MAX_TEAM_BYTES: '5' },
    'the same limits as the service',
  );
  t.match(functionOf(other, 'lambda').settings, { ...stores, KEEP_DELETED_DAYS: '0', MAX_TEAM_BYTES: '5' });
  const { signingKmsKeyArn: SIGNING_KMS_KEY_ID } = EVERYTHING;
  const signing = { SIGNING_KMS_KEY_ID, SIGNING_PUBLIC_KEY: PUBLIC_KEYS[0]?.pem };
  t.match(functionOf(all, 'lambda').settings, signing, 'and its public half');
});

t.test('the stacks go to the account and region of the ARNs, whatever the shell says', async (t) => {
  const app = new App({ analyticsReporting: false });
  const values = parseStackValues(PRODUCTION);
  const { account, region, stackName } = new GatewayStack(app, { values, serviceDirectory: CODE });
  t.strictSame([account, region, stackName], ['123456789012', 'eu-central-1', 'CloudFrontCookieGateway']);
});

t.test('a build is checked against the rules of AWS, and the local one differs in values only', (t) => {
  // Tests of other things run without this check.
  delete process.env['CDK_VALIDATION'];
  const shapeOf = (template: object) =>
    Object.entries(Object(template).Resources)
      .map(([name, resource]) => `${name} ${Object(resource).Type}`)
      .toSorted();
  const local = localValues([], { publicKeys: PUBLIC_KEYS });
  t.strictSame(shapeOf(synthesize(local, CODE, temporaryDirectory(t))), shapeOf(gateway));
  const directory = temporaryDirectory(t);
  const noArn = { ...parseStackValues(PRODUCTION), signingKmsKeyArn: 'gateway' };
  t.throws(() => synthesize(noArn, CODE, directory), /Validation failed/);
  const report = readFileSync(join(directory, 'validation-report.json'), 'utf8');
  t.strictSame(report.match(/"ruleName": "[^"]+"/g), ['"ruleName": "E3510"']);
  t.end();
});
