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
    const faults = error instanceof Error ? error.message.split('\n') : [String(error)];
    // The names of the stack's resources. shapes/servers.test.ts checks that refusals have them.
    return faults.map((fault) => fault.replace(/^\w+: (?=[A-Z])/, ''));
  }
}

t.test('everything that is not modelled is named, in one error', async (t) => {
  const template = changedTemplate((at) => {
    Object.assign(at(DISTRIBUTION, 'DistributionConfig'), {
      CacheBehaviors: [{ PathPattern: 'a/*', SmoothStreaming: true }],
      OriginGroups: { Items: [{ Id: 'g', Members: { Items: [{ OriginId: 'o' }] } }] },
      TenantConfig: {},
    });
    Object.assign(at(DISTRIBUTION, 'DistributionConfig', 'DefaultCacheBehavior'), {
      RealtimeLogConfigArn: 'x',
      LambdaFunctionAssociations: [{ EventType: 'viewer-request', LambdaFunctionARN: 'a' }],
      AllowedMethods: ['GET', 'POST'],
    });
    at('AWS::CloudFront::CachePolicy', 'CachePolicyConfig', 'ParametersInCacheKeyAndForwardedToOrigin')[
      'HeadersConfig'
    ] = { HeaderBehavior: 'whitelist', Headers: ['Origin', 'Via'] };
    at('AWS::CloudFront::ResponseHeadersPolicy', 'ResponseHeadersPolicyConfig')['SurpriseConfig'] = {};
    at('AWS::CloudFront::Function', 'FunctionConfig')['Runtime'] = 'cloudfront-js-3.0';
    at('AWS::CloudFront::OriginAccessControl', 'OriginAccessControlConfig')['SigningBehavior'] = 'sometimes';
    at('AWS::CloudFront::KeyGroup', 'KeyGroupConfig')['Extra'] = 1;
    at('AWS::CloudFront::PublicKey', 'PublicKeyConfig')['Extra'] = 1;
    at('AWS::CloudFront::KeyValueStore')['ImportSource'] = {
      SourceType: 'S3',
      SourceArn: { 'Fn::Transform': {} },
    };
  });
  const faults = faultsOf(template);
  const behavior = 'Distribution.DefaultCacheBehavior';
  t.strictSame(
    faults.toSorted(),
    [
      'PublicKey.Extra: it is not modelled',
      'Distribution.CacheBehaviors[0].SmoothStreaming: it is not modelled',
      'Distribution.CacheBehaviors[0].ViewerProtocolPolicy: it is missing',
      'Distribution.CacheBehaviors[0].CachePolicyId: it is missing',
      'Distribution.CacheBehaviors[0].TargetOriginId: it is missing',
      'Distribution.OriginGroups.Items[0].FailoverCriteria: it is missing',
      'Distribution.OriginGroups.Items[0].FailoverCriteria.StatusCodes: it is missing',
      'Distribution.OriginGroups.Items[0].FailoverCriteria.StatusCodes.Items: it is missing',
      'Distribution: the group g names o, which is not an origin',
      'Distribution.OriginGroups.Items[0].Members: CloudFront takes two origins, not 1',
      'Distribution.TenantConfig: it is not modelled',
      `${behavior}.RealtimeLogConfigArn: it is not modelled`,
      `${behavior}.LambdaFunctionAssociations: Lambda@Edge functions are not run here; ignore this property to serve the distribution without them`,
      `${behavior}.AllowedMethods: GET, POST is not a set of methods that CloudFront takes`,
      'OriginAccessControl.SigningBehavior: "sometimes" is not modelled',
      'KeyGroup.Extra: it is not modelled',
      'CachePolicy.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers: via is not modelled',
      'ResponseHeadersPolicy.SurpriseConfig: it is not modelled',
      'Function.FunctionConfig.Runtime: "cloudfront-js-3.0" is not modelled',
      'KeyValueStore.ImportSource.SourceArn: the intrinsic Fn::Transform is not modelled',
    ].toSorted(),
  );
});

t.test('bindings that are missing are named', async (t) => {
  const bindings = { ...bindingsFor(origin), origins: {}, keyPairIds: { KEC: 'KEC' } };
  const faults = faultsOf(TEMPLATE, bindings).join('\n');
  t.match(faults, /bindings\.keyPairIds\.KRSA: it is missing/);
  t.match(faults, /bindings\.origins\["gateway-files\.s3\.us-east-1\.amazonaws\.com"\]: it is missing/);
});

t.test('a second KeyValueStore of one function is refused', async (t) => {
  const template = changedTemplate((at) => {
    const config = at('AWS::CloudFront::Function', 'FunctionConfig');
    const stores = config['KeyValueStoreAssociations'];
    if (!Array.isArray(stores)) throw new Error('the function has no store');
    config['KeyValueStoreAssociations'] = [...stores, ...stores];
  });
  t.matchOnly(faultsOf(template), [/KeyValueStoreAssociations: CloudFront takes one store a function/]);
});
