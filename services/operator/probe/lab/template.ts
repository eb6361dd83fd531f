import { VIEWER_REQUEST, VIEWER_RESPONSE } from './functions.ts';

/** The one object in the bucket. */
export const OBJECT = { key: 'object.txt', content: 'the object of the lab' };

/** A header that only the response headers policy sets. */
export const POLICY_HEADER = 'x-lab-policy';

export interface LabKeys {
  /** SubjectPublicKeyInfo as PEM. */
  ec: string;
  rsa: string;
}

const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ref = (Ref: string) => ({ Ref });
const attribute = (logicalId: string, name: string) => ({ 'Fn::GetAtt': [logicalId, name] });

/**
 * A throw-away stack: one distribution under its own name, with two behaviors. The default one is signed, `/open/*` is
 * not. The functions answer with what they saw. The template is written by hand, so that CloudFormation needs neither a
 * bootstrap nor assets.
 * @param name the stack's name; every name that must be unique in an account begins with it
 */
export function labTemplate(name: string, keys: LabKeys): Record<string, unknown> {
  const key = (id: string, pem: string) => ({
    Type: 'AWS::CloudFront::PublicKey',
    Properties: {
      PublicKeyConfig: { CallerReference: `${name}-${id}`, Name: `${name}-${id}`, EncodedKey: pem },
    },
  });
  const edgeFunction = (id: string, code: string, stores: object) => ({
    Type: 'AWS::CloudFront::Function',
    Properties: {
      Name: `${name}-${id}`,
      AutoPublish: true,
      FunctionCode: code,
      FunctionConfig: { Comment: 'It answers with what it saw', Runtime: 'cloudfront-js-2.0', ...stores },
    },
  });
  const behavior = {
    TargetOriginId: 'bucket',
    ViewerProtocolPolicy: 'https-only',
    CachePolicyId: CACHING_DISABLED,
    ResponseHeadersPolicyId: ref('Headers'),
    Compress: false,
    FunctionAssociations: [
      { EventType: 'viewer-request', FunctionARN: attribute('ViewerRequest', 'FunctionARN') },
      { EventType: 'viewer-response', FunctionARN: attribute('ViewerResponse', 'FunctionARN') },
    ],
  };
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description:
      'Throw-away: asks CloudFront what it does. npm run gateway -- probe --lab --remove removes it.',
    Resources: {
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
        },
      },
      BucketPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: ref('Bucket'),
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'cloudfront.amazonaws.com' },
                Action: 's3:GetObject',
                Resource: { 'Fn::Join': ['', [attribute('Bucket', 'Arn'), '/*']] },
                Condition: {
                  StringEquals: {
                    'AWS:SourceArn': {
                      'Fn::Sub': `arn:aws:cloudfront::\${AWS::AccountId}:distribution/\${Distribution}`,
                    },
                  },
                },
              },
            ],
          },
        },
      },
      OriginAccess: {
        Type: 'AWS::CloudFront::OriginAccessControl',
        Properties: {
          OriginAccessControlConfig: {
            Name: name,
            OriginAccessControlOriginType: 's3',
            SigningBehavior: 'always',
            SigningProtocol: 'sigv4',
          },
        },
      },
      Ec: key('ec', keys.ec),
      Rsa: key('rsa', keys.rsa),
      Keys: {
        Type: 'AWS::CloudFront::KeyGroup',
        Properties: { KeyGroupConfig: { Name: name, Items: [ref('Ec'), ref('Rsa')] } },
      },
      Store: { Type: 'AWS::CloudFront::KeyValueStore', Properties: { Name: name } },
      Headers: {
        Type: 'AWS::CloudFront::ResponseHeadersPolicy',
        Properties: {
          ResponseHeadersPolicyConfig: {
            Name: name,
            CustomHeadersConfig: { Items: [{ Header: POLICY_HEADER, Value: 'applied', Override: true }] },
          },
        },
      },
      ViewerRequest: edgeFunction('request', VIEWER_REQUEST, {
        KeyValueStoreAssociations: [{ KeyValueStoreARN: attribute('Store', 'Arn') }],
      }),
      ViewerResponse: edgeFunction('response', VIEWER_RESPONSE, {}),
      Distribution: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Enabled: true,
            Comment: name,
            HttpVersion: 'http2and3',
            Origins: [
              {
                Id: 'bucket',
                DomainName: attribute('Bucket', 'RegionalDomainName'),
                OriginAccessControlId: attribute('OriginAccess', 'Id'),
                S3OriginConfig: { OriginAccessIdentity: '' },
              },
            ],
            DefaultCacheBehavior: { ...behavior, TrustedKeyGroups: [ref('Keys')] },
            CacheBehaviors: [{ ...behavior, PathPattern: '/open/*' }],
          },
        },
      },
    },
    Outputs: {
      Domain: { Value: attribute('Distribution', 'DomainName') },
      BucketName: { Value: ref('Bucket') },
      EcKeyPairId: { Value: ref('Ec') },
      RsaKeyPairId: { Value: ref('Rsa') },
      KeyValueStoreArn: { Value: attribute('Store', 'Arn') },
    },
  };
}
