import t from 'tap';
import { readDistribution } from '../../../../edge/local/template/distribution.ts';
import { parseTemplate } from '../../../../edge/local/template/parse-template.ts';
import { TemplateError } from '../../../../edge/local/template/template-error.ts';

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
  t.match(ignored[0], /OriginAccessControlId: it is not of this template/);
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
