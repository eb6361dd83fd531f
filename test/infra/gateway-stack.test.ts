import process from 'node:process';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import t from 'tap';
import { GatewayStack } from '../../infra/gateway-stack.ts';
import { synthesize } from '../../infra/synth.ts';
import { parseStackValues } from '../../infra/values.ts';
import { ecKey, localValues, rsaKey } from '../support/local-values.ts';
import { temporaryDirectory } from '../support/test-stack.ts';

const keys = [ecKey('KEC'), rsaKey('KRSA')];
const PRODUCTION = {
  appOrigin: 'https://app.example.com',
  filesOrigin: 'https://files.app.example.com',
  appCertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/app',
  filesCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/files',
  oidcIssuer: 'https://login.example.com',
  oidcClientId: 'gateway',
  secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:gateway',
  publicKeys: keys.map(({ keyPairId, publicPem }) => ({ name: keyPairId, pem: publicPem })),
  cookieLifetimeSeconds: 900,
};

const CODE = new URL('../../edge/function', import.meta.url).pathname;

function templateOf(values: ReturnType<typeof parseStackValues>): Template {
  const app = new App({ analyticsReporting: false });
  return Template.fromStack(
    new GatewayStack(app, 'Test', {
      values,
      serviceDirectory: CODE,
    }),
  );
}

const template = templateOf(parseStackValues(PRODUCTION));

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
    CorsConfiguration: {
      CorsRules: [
        {
          AllowedOrigins: ['https://app.example.com'],
          AllowedMethods: ['POST', 'PUT'],
          AllowedHeaders: ['content-type', 'x-amz-checksum-sha256', 'x-amz-content-sha256'],
          ExposedHeaders: ['ETag'],
          MaxAge: 3600,
        },
      ],
    },
    LifecycleConfiguration: {
      Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' }],
    },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: Match.objectLike({
      Statement: [
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({
          Effect: 'Allow',
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Action: ['s3:GetObject', 's3:ListBucket'],
          Condition: { StringEquals: { 'AWS:SourceArn': Match.anyValue() } },
        }),
      ],
    }),
  });
  template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
    OriginAccessControlConfig: {
      SigningBehavior: 'always',
      SigningProtocol: 'sigv4',
      OriginAccessControlOriginType: 's3',
    },
  });
  t.pass('as asserted');
});

t.test('what outlives the stack keeps its logical id: another one would be an empty bucket', async (t) => {
  const resources = template.toJSON()['Resources'] as Record<string, { DeletionPolicy?: string }>;
  const retained = Object.keys(resources).filter((id) => resources[id]?.DeletionPolicy === 'Retain');
  t.same(retained.toSorted(), ['Files8E6940B8', 'Sessions8896A56D']);
});

t.test('the distribution has one behavior, all of it signed', async (t) => {
  template.resourceCountIs('AWS::CloudFront::Distribution', 1);
  template.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: {
      Aliases: ['files.app.example.com'],
      CacheBehaviors: Match.absent(),
      DefaultCacheBehavior: {
        AllowedMethods: ['GET', 'HEAD'],
        Compress: false,
        ViewerProtocolPolicy: 'https-only',
        TrustedKeyGroups: [Match.anyValue()],
        FunctionAssociations: Match.arrayWith([
          Match.objectLike({ EventType: 'viewer-request' }),
          Match.objectLike({ EventType: 'viewer-response' }),
        ]),
      },
      ViewerCertificate: Match.objectLike({ AcmCertificateArn: PRODUCTION.filesCertificateArn }),
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
  template.allResourcesProperties('AWS::CloudFront::Function', {
    FunctionConfig: { Runtime: 'cloudfront-js-2.0' },
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

t.test('the service has the least privilege, no secret, and one name', async (t) => {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    (policy) => policy['Properties'].PolicyDocument.Statement,
  );
  const actions = policies.flatMap((statement) => statement.Action);
  t.same(actions.toSorted(), [
    'cloudfront-keyvaluestore:DeleteKey',
    'cloudfront-keyvaluestore:DescribeKeyValueStore',
    'cloudfront-keyvaluestore:UpdateKeys',
    'dynamodb:DeleteItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    's3:AbortMultipartUpload',
    's3:DeleteObject',
    's3:ListBucket',
    's3:ListMultipartUploadParts',
    's3:PutObject',
    'secretsmanager:GetSecretValue',
  ]);
  t.notOk(policies.some((statement) => statement.Resource === '*'));
  t.notMatch(JSON.stringify(template.toJSON()), /PRIVATE KEY|CLIENT_SECRET|LOGIN_SECRET/);
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
  template.hasResourceProperties('AWS::ApiGatewayV2::DomainName', { DomainName: 'app.example.com' });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs24.x',
    Handler: 'lambda.handler',
    Environment: { Variables: Match.objectLike({ SECRET_ID: PRODUCTION.secretArn }) },
  });
});

t.test('a signing key in KMS: the service may use that one, and knows its public half', async (t) => {
  const signingKmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd';
  const kms = templateOf(parseStackValues({ ...PRODUCTION, signingKmsKeyArn }));
  kms.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        { Action: ['kms:Sign', 'kms:GetPublicKey'], Effect: 'Allow', Resource: signingKmsKeyArn },
      ]),
    },
  });
  kms.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        SIGNING_KMS_KEY_ID: signingKmsKeyArn,
        SIGNING_PUBLIC_KEY: keys[0]?.publicPem,
      }),
    },
  });
  t.throws(() => parseStackValues({ ...PRODUCTION, signingKmsKeyArn: 'alias/gateway' }), /ARN of a KMS key/);
});

t.test('browserCache reaches the viewer-response function; there is one value', async (t) => {
  const code = (value: Template) => JSON.stringify(value.findResources('AWS::CloudFront::Function'));
  t.match(code(template), /max-age=/);
  const revalidating = parseStackValues({ ...PRODUCTION, browserCache: 'revalidate' });
  t.notMatch(code(templateOf(revalidating)), /max-age=/);
  t.throws(() => parseStackValues({ ...PRODUCTION, browserCache: 'immutable' }), /browserCache is/);
});

t.test('the local stack differs in values only', async (t) => {
  const shape = (value: Template) =>
    Object.entries(value.toJSON()['Resources'] as Record<string, { Type: string }>)
      .map(([name, { Type }]) => `${name} ${Type}`)
      .toSorted();
  t.same(shape(templateOf(localValues(keys))), shape(template));
});

t.test('wrong values are named, all at once', async (t) => {
  const bad = {
    ...PRODUCTION,
    filesCertificateArn: PRODUCTION.appCertificateArn,
    filesOrigin: 'https://files.example.org',
    cookieLifetimeSeconds: 10,
    publicKeys: [{ name: 'a b', pem: keys[0]?.publicPem.replace('PUBLIC', 'PRIVATE') }],
    extra: 1,
    secretArn: '',
  };
  t.throws(() => parseStackValues(bad), {
    message:
      /extra is not a value[\s\S]*filesOrigin must be a child[\s\S]*300 to 86400[\s\S]*publicKeys\[0\]\.name[\s\S]*publicKeys\[0\]\.pem[\s\S]*secretArn is missing[\s\S]*us-east-1/,
  });
  t.throws(() => parseStackValues([]), { message: /one JSON object/ });
  t.throws(() => parseStackValues({ ...PRODUCTION, publicKeys: [] }), { message: /1 to 5/ });
});

t.test('a build is held against the rules of AWS', (t) => {
  // The tests of other things go without.
  delete process.env['CDK_VALIDATION'];
  const values = parseStackValues(PRODUCTION);
  t.ok(synthesize(values, CODE, temporaryDirectory(t)));
  const noArn = { ...values, secretArn: 'gateway' };
  t.throws(() => synthesize(noArn, CODE, temporaryDirectory(t)), /Validation failed/);
  t.end();
});
