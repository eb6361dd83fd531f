import t from 'tap';
import { createLocalCloudFront } from '../../../../edge/local/create-local-cloudfront.ts';
import { bindingsFor, TEMPLATE } from '../support/edge.ts';
import { startStandIn } from '../support/stand-in.ts';
import { changedTemplate, DISTRIBUTION } from '../support/template.ts';

const origin = await startStandIn();
t.teardown(() => origin.close());

function faultsOf(template: unknown, bindings = bindingsFor(origin)): string[] {
  try {
    createLocalCloudFront({ template, bindings });
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [String(error)];
  }
}

t.test('the real template is modelled entirely', async (t) => {
  t.strictSame(faultsOf(TEMPLATE), []);
});

t.test('everything that is not modelled is named, in one error', async (t) => {
  const template = changedTemplate((at) => {
    Object.assign(at(DISTRIBUTION, 'DistributionConfig'), {
      CacheBehaviors: [{ PathPattern: 'a/*', SmoothStreaming: true }],
      OriginGroups: {},
      WebACLId: 'x',
      Logging: {},
      Enabled: false,
    });
    Object.assign(at(DISTRIBUTION, 'DistributionConfig', 'DefaultCacheBehavior'), {
      RealtimeLogConfigArn: 'x',
      LambdaFunctionAssociations: [],
      Compress: true,
      AllowedMethods: ['GET', 'POST'],
      OriginRequestPolicyId: 'x',
    });
    at('AWS::CloudFront::CachePolicy', 'CachePolicyConfig', 'ParametersInCacheKeyAndForwardedToOrigin')[
      'HeadersConfig'
    ] = { HeaderBehavior: 'whitelist', Headers: ['Origin', 'Host'] };
    at('AWS::CloudFront::ResponseHeadersPolicy', 'ResponseHeadersPolicyConfig')['ServerTimingHeadersConfig'] =
      {};
    at('AWS::CloudFront::Function', 'FunctionConfig')['Runtime'] = 'cloudfront-js-1.0';
    at('AWS::CloudFront::OriginAccessControl', 'OriginAccessControlConfig')['SigningBehavior'] = 'never';
    at('AWS::CloudFront::KeyGroup', 'KeyGroupConfig')['Extra'] = 1;
    at('AWS::CloudFront::PublicKey', 'PublicKeyConfig')['Extra'] = 1;
    at('AWS::CloudFront::KeyValueStore')['ImportSource'] = {};
  });
  const faults = faultsOf(template);
  const behavior = 'Distribution.DefaultCacheBehavior';
  t.strictSame(
    faults.toSorted(),
    [
      'PublicKey.Extra is not modelled',
      'Distribution.CacheBehaviors[0].SmoothStreaming is not modelled',
      'Distribution.CacheBehaviors[0].ViewerProtocolPolicy: undefined is not modelled',
      'Distribution.CacheBehaviors[0].CachePolicyId: undefined is no AWS::CloudFront::CachePolicy of this template',
      'Distribution.CacheBehaviors[0].TargetOriginId: undefined has no usable origin',
      'Distribution.OriginGroups is not modelled',
      'Distribution.WebACLId is not modelled',
      'Distribution.Logging is not modelled',
      'Distribution.Enabled: false is not modelled',
      `${behavior}.RealtimeLogConfigArn is not modelled`,
      `${behavior}.LambdaFunctionAssociations is not modelled`,
      `${behavior}.Compress: true is not modelled`,
      `${behavior}.AllowedMethods: "POST" is not modelled`,
      `${behavior}.OriginRequestPolicyId is not modelled`,
      'OriginAccessControl.SigningBehavior: "never" is not modelled',
      'KeyGroup.Extra is not modelled',
      'CachePolicy.HeadersConfig.Headers: host is not modelled',
      'ResponseHeadersPolicy.ServerTimingHeadersConfig is not modelled',
      'Function ViewerRequest2C5B6A1E.FunctionConfig.Runtime: "cloudfront-js-1.0" is not modelled',
      'KeyValueStore RevocationsAE845E47.ImportSource is not modelled',
    ].toSorted(),
  );
});

t.test('a policy that is not of this template is refused', async (t) => {
  const managed = '2e54312d-136d-493c-8eb9-b001f22f67d2';
  const template = changedTemplate((at) => {
    at(DISTRIBUTION, 'DistributionConfig', 'DefaultCacheBehavior')['CachePolicyId'] = managed;
  });
  t.strictSame(faultsOf(template), [
    `Distribution.DefaultCacheBehavior.CachePolicyId: ${managed} is no AWS::CloudFront::CachePolicy of this template`,
  ]);
});

t.test('the managed cache policies that CDK examples use are known by their id', async (t) => {
  for (const managed of [
    ...['658327ea-f89d-4fab-a63d-7e88639e58f6', 'b2884449-e4de-46a7-ac36-70bc7f1ddd6d'],
    '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  ]) {
    const template = changedTemplate((at) => {
      at(DISTRIBUTION, 'DistributionConfig', 'DefaultCacheBehavior')['CachePolicyId'] = managed;
    });
    t.strictSame(faultsOf(template), [], managed);
  }
});

t.test('HTTPS is for addresses that viewers type with https', async (t) => {
  const bindings = { ...bindingsFor(origin), tls: { key: '', cert: '' } };
  t.strictSame(faultsOf(TEMPLATE, bindings), ['bindings: http://localhost:8080 is not https']);
});

t.test('bindings that are missing are named', async (t) => {
  const bindings = { ...bindingsFor(origin), origins: {}, keyPairIds: { KEC: 'KEC' } };
  const faults = faultsOf(TEMPLATE, bindings).join('\n');
  t.match(faults, /bindings\.keyPairIds has no KRSA/);
  t.match(faults, /bindings\.origins has no gateway-files\.s3\.us-east-1\.amazonaws\.com/);
});

t.test('the key pair id is the one of the bindings, not the name in the template', async (t) => {
  const bindings = { ...bindingsFor(origin), keyPairIds: { KEC: 'K2JCJMDEHXQW5F', KRSA: 'K36X4X2EO997HM' } };
  t.strictSame(faultsOf(TEMPLATE, bindings), []);
});

t.test('what is no template is refused', async (t) => {
  t.match(faultsOf({}), [/it has no Resources/]);
  t.match(faultsOf({ Resources: {} }), [/0 resources of type AWS::CloudFront::Distribution/]);
});

t.test(
  'error pages of the distribution are refused by name, and how long errors are kept is not',
  async (t) => {
    const withResponses = (...responses: object[]) =>
      faultsOf(
        changedTemplate((at) => {
          at(DISTRIBUTION, 'DistributionConfig')['CustomErrorResponses'] = responses;
        }),
      );
    t.strictSame(withResponses({ ErrorCode: 404, ErrorCachingMinTTL: 0 }), []);
    const page = { ErrorCode: 403, ResponseCode: 200, ResponsePagePath: '/sign-in.html' };
    t.strictSame(withResponses(page), [
      'Distribution.CustomErrorResponses[0].ResponseCode is not modelled',
      'Distribution.CustomErrorResponses[0].ResponsePagePath is not modelled',
    ]);
  },
);

t.test('a second KeyValueStore of one function is refused', async (t) => {
  const template = changedTemplate((at) => {
    const config = at('AWS::CloudFront::Function', 'FunctionConfig');
    const stores = config['KeyValueStoreAssociations'];
    if (!Array.isArray(stores)) throw new Error('the function has no store');
    config['KeyValueStoreAssociations'] = [...stores, ...stores];
  });
  t.match(faultsOf(template), [/KeyValueStoreAssociations: CloudFront takes one store a function/]);
});
