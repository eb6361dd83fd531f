import t from 'tap';
import { createLocalCloudFront } from '../../../edge/local/create-local-cloudfront.ts';
import { isRecord } from '../../../edge/local/shape.ts';
import { bindingsFor, TEMPLATE } from './support/edge.ts';
import { startStandIn } from './support/stand-in.ts';

const origin = await startStandIn();
t.teardown(() => origin.close());

/** The parts of a copy of the template that a test changes, by type; the path goes down from Properties. */
function changed(
  change: (at: (type: string, ...path: string[]) => Record<string, unknown>) => void,
): unknown {
  const copy = structuredClone(TEMPLATE);
  change((type, ...path) => {
    const resources = record(copy['Resources']);
    const found = Object.values(resources).find((resource) => record(resource)['Type'] === type);
    return ['Properties', ...path].reduce((place, name) => record(place[name]), record(found));
  });
  return copy;
}

function record(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new Error('the template has another shape than the test');
  return value;
}

function faultsOf(template: unknown, bindings = bindingsFor(origin)): string[] {
  try {
    createLocalCloudFront({ template, bindings });
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [String(error)];
  }
}

const DISTRIBUTION = 'AWS::CloudFront::Distribution';

t.test('the real template is modelled entirely', async (t) => {
  t.same(faultsOf(TEMPLATE), []);
});

t.test('everything that is not modelled is named, in one error', async (t) => {
  const template = changed((at) => {
    Object.assign(at(DISTRIBUTION, 'DistributionConfig'), {
      CacheBehaviors: [{}],
      WebACLId: 'x',
      Logging: {},
      Enabled: false,
    });
    Object.assign(at(DISTRIBUTION, 'DistributionConfig', 'DefaultCacheBehavior'), {
      RealtimeLogConfigArn: 'x',
      LambdaFunctionAssociations: [],
      Compress: true,
      AllowedMethods: ['GET', 'POST'],
    });
    at('AWS::CloudFront::CachePolicy', 'CachePolicyConfig', 'ParametersInCacheKeyAndForwardedToOrigin')[
      'HeadersConfig'
    ] = { HeaderBehavior: 'whitelist', Headers: ['Origin'] };
    at('AWS::CloudFront::ResponseHeadersPolicy', 'ResponseHeadersPolicyConfig')['RemoveHeadersConfig'] = {};
    at('AWS::CloudFront::Function', 'FunctionConfig')['Runtime'] = 'cloudfront-js-1.0';
    at('AWS::CloudFront::OriginAccessControl', 'OriginAccessControlConfig')['SigningBehavior'] = 'never';
    at('AWS::CloudFront::KeyGroup', 'KeyGroupConfig')['Extra'] = 1;
    at('AWS::CloudFront::PublicKey', 'PublicKeyConfig')['Extra'] = 1;
    at('AWS::CloudFront::KeyValueStore')['ImportSource'] = {};
  });
  const faults = faultsOf(template);
  const behavior = 'Distribution.DefaultCacheBehavior';
  t.same(
    faults.toSorted(),
    [
      'PublicKey.Extra is not modelled',
      'Distribution.CacheBehaviors is not modelled',
      'Distribution.WebACLId is not modelled',
      'Distribution.Logging is not modelled',
      'Distribution.Enabled: false is not modelled',
      `${behavior}.RealtimeLogConfigArn is not modelled`,
      `${behavior}.LambdaFunctionAssociations is not modelled`,
      `${behavior}.Compress: true is not modelled`,
      `${behavior}.AllowedMethods: "POST" is not modelled`,
      'OriginAccessControl.SigningBehavior: "never" is not modelled',
      'KeyGroup.Extra is not modelled',
      'CachePolicy.HeadersConfig.Headers is not modelled',
      'CachePolicy.HeadersConfig.HeaderBehavior: "whitelist" is not modelled',
      'ResponseHeadersPolicy.RemoveHeadersConfig is not modelled',
      'Function ViewerRequest2C5B6A1E.FunctionConfig.Runtime: "cloudfront-js-1.0" is not modelled',
      'KeyValueStore RevocationsAE845E47.ImportSource is not modelled',
    ].toSorted(),
  );
});

t.test('a behavior without trusted key groups is refused', async (t) => {
  const template = changed((at) => {
    const behavior = at(DISTRIBUTION, 'DistributionConfig', 'DefaultCacheBehavior');
    delete behavior['TrustedKeyGroups'];
  });
  t.same(faultsOf(template), ['Distribution.DefaultCacheBehavior.TrustedKeyGroups is missing']);
});

t.test('a policy that is not of this template is refused', async (t) => {
  const managed = '658327ea-f89d-4fab-a63d-7e88639e58f6';
  const template = changed((at) => {
    at(DISTRIBUTION, 'DistributionConfig', 'DefaultCacheBehavior')['CachePolicyId'] = managed;
  });
  t.same(faultsOf(template), [
    `Distribution.DefaultCacheBehavior.CachePolicyId: ${managed} is no AWS::CloudFront::CachePolicy of this template`,
  ]);
});

t.test('bindings that are missing are named', async (t) => {
  const bindings = { ...bindingsFor(origin), origins: {}, keyPairIds: { KEC: 'KEC' } };
  const faults = faultsOf(TEMPLATE, bindings).join('\n');
  t.match(faults, /bindings\.keyPairIds has no KRSA/);
  t.match(faults, /bindings\.origins has no gateway-files\.s3\.us-east-1\.amazonaws\.com/);
});

t.test('the key pair id is the one of the bindings, not the name in the template', async (t) => {
  const bindings = { ...bindingsFor(origin), keyPairIds: { KEC: 'K2JCJMDEHXQW5F', KRSA: 'K36X4X2EO997HM' } };
  t.same(faultsOf(TEMPLATE, bindings), []);
});

t.test('what is no template is refused', async (t) => {
  t.match(faultsOf({}), [/it has no Resources/]);
  t.match(faultsOf({ Resources: {} }), [/0 resources of type AWS::CloudFront::Distribution/]);
});
