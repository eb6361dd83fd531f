import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import t from 'tap';
import { buildEdgeFunction, type EdgeFunctionValues } from '../../edge/function/build.ts';
import { FilesHost, type FilesHostProps } from '../../infra/files-host.ts';
import { ecKey, rsaKey } from '../support/local-values.ts';
import { plain } from './support/production.ts';

const ORIGINS = { appOrigin: 'https://app.example.com', filesOrigin: 'https://files.app.example.com' };
const KEYS = [ecKey('KEC'), rsaKey('KRSA')].map(({ keyPairId, publicPem }) => ({
  name: keyPairId,
  pem: publicPem,
}));

/** A stack of another project. */
function createStack(region = 'eu-central-1'): Stack {
  return new Stack(new App({ analyticsReporting: false }), 'MyApp', { env: { region } });
}

function propsFor(stack: Stack, changes: Partial<FilesHostProps> = {}): FilesHostProps {
  const arn = 'arn:aws:acm:us-east-1:123456789012:certificate/files';
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', arn);
  return { ...ORIGINS, certificate, publicKeys: KEYS, ...changes };
}

function codesOf(template: Template): unknown[] {
  const functions = template.findResources('AWS::CloudFront::Function');
  return Object.values(functions).map(({ Properties }) => Properties.FunctionCode);
}

function expectedCodes(values: Omit<EdgeFunctionValues, keyof typeof ORIGINS>): string[] {
  return (['viewer-request', 'viewer-response'] as const).map((name) =>
    buildEdgeFunction(name, { ...ORIGINS, ...values }),
  );
}

t.test("in another project's stack: everything of the files host, nothing of the app host", async (t) => {
  const stack = createStack();
  const files = new FilesHost(stack, 'Files', propsFor(stack));
  const template = Template.fromStack(stack);
  const ids = (type: string) => Object.keys(template.findResources(type));
  const ref = (value: string) => stack.resolve(value);
  const resources = template.toJSON()['Resources'] as Record<string, { Type: string }>;
  t.strictSame(
    Object.values(resources)
      .map(({ Type }) => Type)
      .toSorted(),
    [
      'AWS::CloudFront::CachePolicy',
      'AWS::CloudFront::Distribution',
      'AWS::CloudFront::Function',
      'AWS::CloudFront::Function',
      'AWS::CloudFront::KeyGroup',
      'AWS::CloudFront::KeyValueStore',
      'AWS::CloudFront::OriginAccessControl',
      'AWS::CloudFront::PublicKey',
      'AWS::CloudFront::PublicKey',
      'AWS::CloudFront::ResponseHeadersPolicy',
      'AWS::S3::Bucket',
      'AWS::S3::BucketPolicy',
    ],
  );
  t.strictSame(codesOf(template), expectedCodes({ cookieLifetimeSeconds: 900 }));
  t.strictSame(ref(files.bucket.bucketName), { Ref: ids('AWS::S3::Bucket')[0] });
  t.strictSame(ref(files.distribution.distributionId), { Ref: ids('AWS::CloudFront::Distribution')[0] });
  t.strictSame(ref(files.revocations.keyValueStoreId), {
    'Fn::GetAtt': [ids('AWS::CloudFront::KeyValueStore')[0], 'Id'],
  });
  t.strictSame(
    files.publicKeys.map((key) => ref(key.publicKeyId)),
    ids('AWS::CloudFront::PublicKey').map((id) => ({ Ref: id })),
  );
});

t.test('with a bucket and a key that exist, the statements for their policies are outputs', async (t) => {
  const kmsKeyArn = 'arn:aws:kms:eu-central-1:123456789012:key/0c0c0c0c-1111-2222-3333-444444444444';
  const stack = createStack();
  const existing = { bucketName: 'my-files', kmsKeyArn, scan: 'guardduty', tags: { team: 'a' } } as const;
  const boundary = { permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/Bounds' };
  const files = new FilesHost(stack, 'Files', propsFor(stack, { ...existing, ...boundary }));
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 0);
  template.resourceCountIs('AWS::S3::BucketPolicy', 0);
  template.hasResourceProperties('AWS::IAM::Role', {
    PermissionsBoundary: boundary.permissionsBoundaryArn,
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  t.equal(stack.resolve(files.bucket.bucketName), 'my-files');
  const text = (value: unknown) => JSON.stringify(plain(stack.resolve(value)));
  const printed = Object.values(template.findOutputs('*')).map(({ Value }) =>
    JSON.parse(String(plain(Value))),
  );
  const distribution = { 'AWS:SourceArn': JSON.parse(text(files.distribution.distributionArn)) };
  const ofCloudFront = { Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' } };
  const bucket = 'arn:<AWS::Partition>:s3:::my-files';
  t.match(printed, [
    [
      { Effect: 'Deny', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        ...ofCloudFront,
        Action: 's3:GetObject',
        Resource: [`${bucket}/users/*`, `${bucket}/teams/*`],
        Condition: {
          StringEquals: {
            ...distribution,
            's3:ExistingObjectTag/GuardDutyMalwareScanStatus': ['NO_THREATS_FOUND'],
          },
        },
      },
      {
        ...ofCloudFront,
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { StringEquals: distribution },
      },
      { Effect: 'Deny', Action: /^s3:.*Tagging/, Resource: `${bucket}/*` },
    ],
    [{ ...ofCloudFront, Action: 'kms:Decrypt', Resource: '*', Condition: { StringEquals: distribution } }],
  ]);
});

t.test('lifetime and browserCache are part of the functions', async (t) => {
  const stack = createStack();
  const changes = { cookieLifetimeSeconds: 3_600, browserCache: 'revalidate' } as const;
  new FilesHost(stack, 'Files', propsFor(stack, changes));
  t.strictSame(codesOf(Template.fromStack(stack)), expectedCodes(changes));
});

t.test('two of them in one stack', async (t) => {
  const stack = createStack();
  const props = propsFor(stack);
  new FilesHost(stack, 'One', props);
  const publicKeys = [{ name: 'other', pem: KEYS[0]?.pem ?? '' }];
  new FilesHost(stack, 'Two', { ...props, filesOrigin: 'https://two.app.example.com', publicKeys });
  const template = Template.fromStack(stack);
  const named = JSON.stringify(template.toJSON()).match(/"Name":"[^"]+"/g) ?? [];
  t.ok(named.length > 8);
  t.strictSame(named, [...new Set(named)], 'CloudFront demands unique names');
});

t.test('the certificate may be made by the stack, and is of us-east-1', async (t) => {
  const stack = createStack('us-east-1');
  const certificate = new Certificate(stack, 'Made', { domainName: 'files.app.example.com' });
  new FilesHost(stack, 'Files', propsFor(stack, { certificate }));
  Template.fromStack(stack).hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: {
      ViewerCertificate: { AcmCertificateArn: stack.resolve(certificate.certificateArn) },
    },
  });
  const arn = 'arn:aws:acm:eu-central-1:123456789012:certificate/files';
  const other = createStack();
  const far = propsFor(other, { certificate: Certificate.fromCertificateArn(other, 'Far', arn) });
  t.throws(() => new FilesHost(other, 'Files', far), /us-east-1/);
});

t.test('wrong props are named, all at once', async (t) => {
  const stack = createStack();
  const wrong = propsFor(stack, {
    filesOrigin: 'https://files.example.org',
    publicKeys: [{ name: 'a b', pem: 'no key' }],
    cookieLifetimeSeconds: 10,
  });
  t.throws(() => new FilesHost(stack, 'Files', wrong), {
    message:
      /^publicKeys\[0\]\.name must .*\npublicKeys\[0\]\.pem must .*\ncookieLifetimeSeconds must be .*300 to 86400\nfilesOrigin must be a child.*$/,
  });
});

t.test('the private key behind a public one never gets into the template', async (t) => {
  const { keyPairId: name, publicPem, privateKey } = ecKey('KEC');
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const stack = createStack();
  const props = propsFor(stack, { publicKeys: [{ name, pem: `${publicPem}${privatePem}` }] });
  t.throws(() => new FilesHost(stack, 'Files', props), /^publicKeys\[0\]\.pem must be a public key/);
  const spaced = { ...props, publicKeys: [{ name, pem: `${publicPem.replaceAll('\n', '\r\n')}\n` }] };
  t.ok(new FilesHost(stack, 'Spaced', spaced));
});
