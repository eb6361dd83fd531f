import process from 'node:process';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { GatewayStack } from '../../infra/gateway-stack.ts';
import { synthesize } from '../../infra/synth.ts';
import { parseStackValues } from '../../infra/values.ts';
import { ecKey, localValues, rsaKey } from '../support/local-values.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { ofType, PRODUCTION, plain, propertiesOf, templatesOf, WEB_ACL } from './support/production.ts';

const CODE = new URL('../../edge/function', import.meta.url).pathname;

function templateOf(values: ReturnType<typeof parseStackValues>): Template {
  const app = new App({ analyticsReporting: false });
  return Template.fromStack(new GatewayStack(app, { values, serviceDirectory: CODE }));
}

const template = templateOf(parseStackValues(PRODUCTION));
const { gateway } = templatesOf();

t.test('the bucket is private and lets in the distribution alone', async (t) => {
  template.hasResourceProperties('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    BucketEncryption: Match.anyValue(),
    VersioningConfiguration: { Status: 'Enabled' },
  });
  const none = propertiesOf(templatesOf({ keepDeletedDays: 0 }).gateway, 'AWS::S3::Bucket');
  t.strictSame(
    [none['VersioningConfiguration'], none['LifecycleConfiguration']],
    [
      undefined,
      { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }] },
    ],
  );
  template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
    OriginAccessControlConfig: {
      SigningBehavior: 'always',
      SigningProtocol: 'sigv4',
      OriginAccessControlOriginType: 's3',
    },
  });
  t.pass('as asserted');
});

t.test('resources that outlive the stack keep their ids: another id means an empty bucket', async (t) => {
  const kept = Object.entries(gateway.Resources).filter(
    ([, { DeletionPolicy }]) => DeletionPolicy !== undefined,
  );
  t.strictSame(
    kept.map(([id, { DeletionPolicy, UpdateReplacePolicy }]) => [id, DeletionPolicy, UpdateReplacePolicy]),
    [
      // Except on create: if a first deployment fails, its resources go too.
      ['Files8E6940B8', 'RetainExceptOnCreate', 'Retain'],
      ['Sessions8896A56D', 'RetainExceptOnCreate', 'Retain'],
      ['Details9AC9F377', 'RetainExceptOnCreate', 'Retain'],
      ['MoverLogsD3480018', 'Delete', 'Delete'],
      ['AuthLogs839647A4', 'RetainExceptOnCreate', 'Retain'],
      ['ReconcilerLogs12D6B32A', 'Delete', 'Delete'],
      ['ApiLogs3D05D88B', 'Delete', 'Delete'],
    ],
  );
});

t.test('with backup, bucket and tables are copied nightly into a vault that keeps each copy', async (t) => {
  t.strictSame(ofType(gateway, 'AWS::Backup::BackupVault'), []);
  t.throws(() => parseStackValues({ ...PRODUCTION, backup: true, keepDeletedDays: 0 }), {
    message: /^backup needs keepDeletedDays/,
  });
  const mail = { alarmEmail: 'operator@example.com' };
  for (const [backup, days] of [
    [true, 35],
    [{ days: 400 }, 400],
  ] as const) {
    const { gateway: copied } = templatesOf({ backup, ...mail });
    const [vault] = ofType(copied, 'AWS::Backup::BackupVault');
    t.match(vault, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    t.strictSame(vault?.Properties['LockConfiguration'], { MinRetentionDays: days });
    t.match(propertiesOf(copied, 'AWS::Backup::BackupPlan'), {
      BackupPlan: {
        BackupPlanRule: [{ Lifecycle: { DeleteAfterDays: days }, ScheduleExpression: 'cron(0 3 * * ? *)' }],
      },
    });
    const stores = ['<Files.Arn>', '<Sessions.Arn>', '<Details.Arn>'];
    t.match(propertiesOf(copied, 'AWS::Backup::BackupSelection'), { BackupSelection: { Resources: stores } });
    const failed = ofType(copied, 'AWS::Events::Rule').map(({ Properties }) =>
      plain(Properties['EventPattern']),
    );
    t.match(failed.at(-1), { source: ['aws.backup'], detail: { resourceArn: stores } });
    // AWS Backup hears of new files this way, and another template would switch it off.
    t.match(propertiesOf(copied, 'AWS::S3::Bucket'), {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
  }
});

t.test('a deployment may leave the scanner to a later update', async (t) => {
  const { gateway: scanned } = templatesOf({ scan: 'guardduty' });
  const conditions = { Scans: { 'Fn::Equals': [{ Ref: 'Scan' }, 'on'] } };
  t.match(scanned, { Conditions: conditions, Parameters: { Scan: { Default: 'on' } } });
  const later = Object.entries(scanned.Resources).filter(([, resource]) => 'Condition' in resource);
  t.match(later, [['Scanner', { Type: 'AWS::GuardDuty::MalwareProtectionPlan', Condition: 'Scans' }]]);
  t.match(scanned.Outputs, { ScannerArn: { Condition: 'Scans' } }, 'npm run deploy sees that it is there');
});

t.test('the tables are protected if the values say so', async (t) => {
  for (const protectTable of [true, false]) {
    const tables = ofType(templatesOf({ protectTable }).gateway, 'AWS::DynamoDB::Table');
    const flags = tables.map(({ Properties }) => Properties['DeletionProtectionEnabled']);
    t.strictSame(flags, [protectTable, protectTable], String(protectTable));
  }
});

t.test(
  'with a zone, the stack has the records of both hosts, by IPv6 if the files host has it',
  async (t) => {
    const recordsOf = (changes: object) =>
      ofType(templatesOf(changes).gateway, 'AWS::Route53::RecordSet').map(
        ({ Properties }) => `${Properties['Name']} ${Properties['Type']}`,
      );
    const [files, app] = ['files.app.example.com A', 'app.example.com A'];
    t.strictSame(recordsOf({ hostedZoneId: 'Z0123456789' }), [files, app]);
    t.strictSame(recordsOf({ hostedZoneId: 'Z0123456789', ipv6: true }), [files, `${files}AAA`, app]);
    t.strictSame(recordsOf({}), [], 'without a zone, the stack has no records');
  },
);

t.test('the distribution has one behavior, all of it signed', async (t) => {
  template.resourceCountIs('AWS::CloudFront::Distribution', 1);
  template.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: {
      Aliases: ['files.app.example.com'],
      CacheBehaviors: Match.absent(),
      DefaultCacheBehavior: {
        AllowedMethods: ['GET', 'HEAD'],
        CachedMethods: ['GET', 'HEAD'],
        Compress: false,
        ViewerProtocolPolicy: 'https-only',
        TrustedKeyGroups: [Match.anyValue()],
        FunctionAssociations: Match.arrayWith([
          Match.objectLike({ EventType: 'viewer-request' }),
          Match.objectLike({ EventType: 'viewer-response' }),
        ]),
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
    },
  });
  template.hasResourceProperties('AWS::CloudFront::CachePolicy', {
    CachePolicyConfig: {
      MinTTL: 5,
      DefaultTTL: 5,
      MaxTTL: 5,
      ParametersInCacheKeyAndForwardedToOrigin: {
        QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['v'] },
        CookiesConfig: { CookieBehavior: 'none' },
        HeadersConfig: { HeaderBehavior: 'none' },
      },
    },
  });
  template.hasResourceProperties('AWS::CloudFront::Function', {
    FunctionConfig: { KeyValueStoreAssociations: [Match.anyValue()] },
  });
  template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
    ResponseHeadersPolicyConfig: {
      SecurityHeadersConfig: {
        StrictTransportSecurity: Match.anyValue(),
        ContentTypeOptions: { Override: true },
      },
      CorsConfig: {
        AccessControlAllowCredentials: true,
        AccessControlAllowOrigins: { Items: ['https://app.example.com'] },
      },
    },
  });
  t.pass('as asserted');
});

t.test(
  'webAclArn is in the template, since an update takes away what somebody attached elsewhere',
  async (t) => {
    const webAclOf = (changes: object) =>
      Object(
        propertiesOf(templatesOf(changes).gateway, 'AWS::CloudFront::Distribution')['DistributionConfig'],
      ).WebACLId;
    t.equal(webAclOf({ webAclArn: WEB_ACL }), WEB_ACL);
    t.equal(webAclOf({}), undefined);
  },
);

t.test('ipv6 changes the edge, and the service knows it', async (t) => {
  const { gateway: ipv6 } = templatesOf({ ipv6: true });
  t.match(propertiesOf(ipv6, 'AWS::CloudFront::Distribution'), { DistributionConfig: { IPV6Enabled: true } });
  const service = ofType(ipv6, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties['Handler'] === 'lambda.handler',
  );
  t.match(service?.Properties, {
    Environment: { Variables: { FILES_IPV6: 'true' } },
  });
});

t.test('the stacks go to the account and region of the ARNs, whatever the shell says', async (t) => {
  const app = new App({ analyticsReporting: false });
  const { account, region, stackName } = new GatewayStack(app, {
    values: parseStackValues(PRODUCTION),
    serviceDirectory: CODE,
  });
  t.strictSame([account, region, stackName], ['123456789012', 'eu-central-1', 'CloudFrontCookieGateway']);
});

t.test('browserCache reaches the viewer-response function; there is one value', async (t) => {
  const code = (value: Template) => JSON.stringify(value.findResources('AWS::CloudFront::Function'));
  t.match(code(template), /max-age=/);
  const revalidating = parseStackValues({ ...PRODUCTION, browserCache: 'revalidate' });
  t.notMatch(code(templateOf(revalidating)), /max-age=/);
});

t.test('the local stack differs in values only', async (t) => {
  const shape = (value: Template) =>
    Object.entries(value.toJSON()['Resources'] as Record<string, { Type: string }>)
      .map(([name, { Type }]) => `${name} ${Type}`)
      .toSorted();
  const keys = [ecKey('KEC'), rsaKey('KRSA')];
  const publicKeys = keys.map(({ keyPairId: name, publicPem: pem }) => ({ name, pem }));
  const deployed = templateOf(parseStackValues({ ...PRODUCTION, publicKeys }));
  t.strictSame(shape(templateOf(localValues(keys))), shape(deployed));
});

t.test('a build is checked against the rules of AWS', (t) => {
  // Tests of other things run without this check.
  delete process.env['CDK_VALIDATION'];
  const values = parseStackValues(PRODUCTION);
  t.ok(synthesize(values, CODE, temporaryDirectory(t)));
  t.ok(synthesize(localValues([ecKey('KEC')]), CODE, temporaryDirectory(t)), 'localhost is no domain name');
  const noArn = { ...values, signingKmsKeyArn: 'gateway' };
  t.throws(() => synthesize(noArn, CODE, temporaryDirectory(t)), /Validation failed/);
  t.end();
});
