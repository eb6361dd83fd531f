import { FUNCTIONS } from './functions.ts';

export type KeyName = 'KRSA' | 'KEC';

const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_VIEWER_EXCEPT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
const SECURITY_HEADERS = '67f7725c-6f97-4210-82d7-5512b31e9d03';
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];

function behavior(pathPattern: string, more: object = {}): object {
  const origin = { TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all' };
  return { PathPattern: pathPattern, ...origin, CachePolicyId: CACHING_OPTIMIZED, ...more };
}

function byFunction(pathPattern: string, name: string, eventType = 'viewer-request', more: object = {}) {
  const association = {
    EventType: eventType,
    FunctionARN: { 'Fn::GetAtt': [name, 'FunctionARN'] },
  };
  return behavior(pathPattern, { FunctionAssociations: [association], ...more });
}

const SIGNED = { TrustedKeyGroups: [{ Ref: 'Group' }] };
const TO_API = { TargetOriginId: 'api', AllowedMethods: METHODS };

const BEHAVIORS = [
  behavior('/private/*', SIGNED),
  byFunction('/signed-function/*', 'Event', 'viewer-request', SIGNED),
  byFunction('/event/*', 'Event'),
  byFunction('/moved/*', 'Move'),
  byFunction('/moved-elsewhere/*', 'MoveElsewhere'),
  byFunction('/throws/*', 'Throw'),
  byFunction('/invalid/*', 'Invalid'),
  byFunction('/forbidden/*', 'Forbidden'),
  byFunction('/runtime/*', 'Runtime'),
  byFunction('/store/*', 'Store'),
  byFunction('/response/*', 'Response', 'viewer-response', { ResponseHeadersPolicyId: SECURITY_HEADERS }),
  behavior('/cors/*', {
    ResponseHeadersPolicyId: { Ref: 'Cors' },
    AllowedMethods: METHODS.slice(0, 3),
  }),
  behavior('/echo/*', {
    ...TO_API,
    CachePolicyId: CACHING_DISABLED,
    OriginRequestPolicyId: ALL_VIEWER_EXCEPT_HOST,
  }),
  behavior('/kept/*', { ...TO_API, CachePolicyId: { Ref: 'Kept' } }),
  byFunction('/status/*', 'Response', 'viewer-response', TO_API),
  behavior('/group/*', { TargetOriginId: 'group', CachePolicyId: CACHING_DISABLED }),
];

/** One distribution, with one behavior for each subject of the questions. */
export function templateOf(keys: Record<KeyName, string>): object {
  const publicKeys = Object.entries(keys).map(([name, pem]) => [
    name,
    {
      Type: 'AWS::CloudFront::PublicKey',
      Properties: { PublicKeyConfig: { Name: name, CallerReference: '1', EncodedKey: pem } },
    },
  ]);
  const functions = Object.entries(FUNCTIONS).map(([name, code]) => {
    const store = { KeyValueStoreAssociations: [{ KeyValueStoreARN: { 'Fn::GetAtt': ['Entries', 'Arn'] } }] };
    const config = { Comment: name, Runtime: 'cloudfront-js-2.0', ...(name === 'Store' ? store : {}) };
    const properties = { Name: name, AutoPublish: true, FunctionConfig: config, FunctionCode: code };
    return [name, { Type: 'AWS::CloudFront::Function', Properties: properties }];
  });
  const server = { HTTPPort: 80, OriginProtocolPolicy: 'http-only' };
  const api = { DomainName: 'api.example', CustomOriginConfig: server };
  return {
    Resources: {
      Site: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'site' } },
      SitePolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Site' },
          PolicyDocument: {
            Statement: [
              {
                ...{ Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' } },
                ...{ Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' },
              },
            ],
          },
        },
      },
      Access: {
        Type: 'AWS::CloudFront::OriginAccessControl',
        Properties: {
          OriginAccessControlConfig: {
            ...{ Name: 'access', OriginAccessControlOriginType: 's3' },
            ...{ SigningBehavior: 'always', SigningProtocol: 'sigv4' },
          },
        },
      },
      Entries: { Type: 'AWS::CloudFront::KeyValueStore', Properties: { Name: 'entries' } },
      Group: {
        Type: 'AWS::CloudFront::KeyGroup',
        Properties: { KeyGroupConfig: { Name: 'group', Items: [{ Ref: 'KRSA' }, { Ref: 'KEC' }] } },
      },
      Cors: {
        Type: 'AWS::CloudFront::ResponseHeadersPolicy',
        Properties: {
          ResponseHeadersPolicyConfig: {
            Name: 'cors',
            CorsConfig: {
              ...{ AccessControlAllowCredentials: false, OriginOverride: true },
              AccessControlAllowOrigins: { Items: ['https://a.example'] },
              AccessControlAllowHeaders: { Items: ['x-own'] },
              AccessControlAllowMethods: { Items: ['GET', 'PUT'] },
            },
          },
        },
      },
      Kept: {
        Type: 'AWS::CloudFront::CachePolicy',
        Properties: {
          CachePolicyConfig: {
            ...{ Name: 'kept', MinTTL: 60, DefaultTTL: 60, MaxTTL: 600 },
            ParametersInCacheKeyAndForwardedToOrigin: {
              ...{ EnableAcceptEncodingGzip: false, CookiesConfig: { CookieBehavior: 'none' } },
              HeadersConfig: { HeaderBehavior: 'none' },
              QueryStringsConfig: { QueryStringBehavior: 'whitelist', QueryStrings: ['page'] },
            },
          },
        },
      },
      ...Object.fromEntries(publicKeys),
      ...Object.fromEntries(functions),
      Web: {
        Type: 'AWS::CloudFront::Distribution',
        Properties: {
          DistributionConfig: {
            Enabled: true,
            DefaultRootObject: 'index.html',
            Origins: [
              {
                ...{ Id: 'site', DomainName: { 'Fn::GetAtt': ['Site', 'RegionalDomainName'] } },
                ...{ S3OriginConfig: {}, OriginAccessControlId: { 'Fn::GetAtt': ['Access', 'Id'] } },
              },
              { Id: 'api', ...api },
              { Id: 'broken', ...api, OriginPath: '/broken' },
            ],
            OriginGroups: {
              Quantity: 1,
              Items: [
                {
                  Id: 'group',
                  FailoverCriteria: { StatusCodes: { Quantity: 1, Items: [503] } },
                  Members: { Quantity: 2, Items: [{ OriginId: 'broken' }, { OriginId: 'api' }] },
                },
              ],
            },
            CacheBehaviors: BEHAVIORS,
            DefaultCacheBehavior: {
              ...{ TargetOriginId: 'site', ViewerProtocolPolicy: 'allow-all', Compress: true },
              CachePolicyId: CACHING_OPTIMIZED,
            },
            CustomErrorResponses: [{ ErrorCode: 404, ResponseCode: 404, ResponsePagePath: '/missing.html' }],
          },
        },
      },
    },
  };
}
