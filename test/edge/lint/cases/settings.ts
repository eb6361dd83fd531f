import { rsaKey } from '../../../support/local-values.ts';
import { type Cases, CLEAN } from './templates.ts';

/** Cache keys and lifetimes. */
export const CACHING: Cases = {
  'browsers ask each time': {
    change: [['private, max-age=900', 'private, no-cache, max-age=31536000']],
    finds: [],
  },
  'a cookie of the signature in the cache key': {
    change: [['CookieBehavior: none', 'CookieBehavior: whitelist, Cookies: [CloudFront-Policy]']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'cookies in the cache key': {
    change: [['CookieBehavior: none', 'CookieBehavior: all']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'the signature in the cache key': {
    change: [['QueryStrings: [v]', 'QueryStrings: [v, Signature]']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'any query in the cache key': {
    change: [['QueryStringBehavior: whitelist, QueryStrings: [v]', 'QueryStringBehavior: all']],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'any query, the older way': {
    change: [
      ['CachePolicyId: !Ref Cache', 'ForwardedValues: { QueryString: true, Cookies: { Forward: none } }'],
    ],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].ForwardedValues'],
  },
  'everything in the key of a cache that keeps nothing': {
    change: [
      ['CookieBehavior: none', 'CookieBehavior: all'],
      ['DefaultTTL: 3600\n        MaxTTL: 31536000', 'DefaultTTL: 0\n        MaxTTL: 0'],
    ],
    finds: [],
  },
  'a TTL of two days': {
    change: [['MinTTL: 0\n        DefaultTTL: 3600', 'MinTTL: 172800\n        DefaultTTL: 172800']],
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'a TTL of an hour, where policies live for less': {
    change: [],
    seconds: 900,
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'browsers keep it for a year': {
    change: [['private, max-age=900', 'max-age=31536000, immutable']],
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].ResponseHeadersPolicyId'],
  },
};

/** Which pages may read answers. */
export const CORS: Cases = {
  'any origin, with credentials, by headers written out': {
    change: [
      ["Items: ['https://app.example.com']", 'Items: []'],
      [
        'Items: [{ Header: Cache-Control',
        "Items: [{ Header: Access-Control-Allow-Origin, Value: '*', Override: true }, { Header: Cache-Control",
      ],
    ],
    finds: ['error cors-any-origin Headers.ResponseHeadersPolicyConfig.CustomHeadersConfig'],
  },
  'any origin, with credentials': {
    change: [["Items: ['https://app.example.com']", "Items: ['*']"]],
    finds: ['error cors-any-origin Headers.ResponseHeadersPolicyConfig.CorsConfig.AccessControlAllowOrigins'],
  },
  'any origin, without credentials': {
    change: [
      ["Items: ['https://app.example.com']", "Items: ['*']"],
      ['AccessControlAllowCredentials: true', 'AccessControlAllowCredentials: false'],
    ],
    finds: [],
  },
  'a function gives back whatever origin asks': {
    change: [
      [
        'function handler(event) { return event.response; }',
        `function handler(event) {
          event.response.headers['access-control-allow-origin'] = { value: event.request.headers.origin.value };
          event.response.headers['access-control-allow-credentials'] = { value: 'true' };
          return event.response;
        }`,
      ],
    ],
    finds: ['error cors-any-origin OnResponse.FunctionCode'],
  },
};

/** Keys and groups. */
export const KEYS: Cases = {
  'a key that another stack imports': {
    change: [
      ['Items: [!Ref Key]', 'Items: [!ImportValue other]'],
      ['Resources:', 'Outputs: { Key: { Value: !Ref Key } }\nResources:'],
    ],
    finds: [],
  },
  'RSA beside P-256': {
    change: [
      ['Items: [!Ref Key]', 'Items: [!Ref Key, !Ref Rsa]'],
      [
        'Resources:',
        `Resources:
  Rsa:
    Type: AWS::CloudFront::PublicKey
    Properties: { PublicKeyConfig: { Name: K2, CallerReference: y, EncodedKey: ${JSON.stringify(rsaKey('K2').publicPem)} } }`,
      ],
    ],
    finds: [],
  },
  'a key in no group': {
    change: [
      [
        'Resources:',
        "Resources:\n  Old:\n    Type: AWS::CloudFront::PublicKey\n    Properties: { PublicKeyConfig: { Name: K0, CallerReference: y, EncodedKey: 'x' } }",
      ],
    ],
    finds: ['note unused-key Old.PublicKeyConfig'],
  },
  'a group that nobody trusts': {
    change: [['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []']],
    finds: ['warning unused-key Group.KeyGroupConfig'],
  },
  'a group that another stack imports': {
    change: [
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []'],
      ['Resources:', 'Outputs: { Keys: { Value: !Ref Group, Export: { Name: keys } } }\nResources:'],
    ],
    finds: [],
  },
  'RSA alone': {
    change: [
      [/EncodedKey: ".*?"/.exec(CLEAN)?.[0] ?? '', `EncodedKey: ${JSON.stringify(rsaKey('K1').publicPem)}`],
    ],
    finds: ['note rsa-sha1 Group.KeyGroupConfig.Items'],
  },
};

/** Standard logging v2. */
function delivery(fields: string): string {
  return `Resources:
  Source:
    Type: AWS::Logs::DeliverySource
    Properties: { Name: s, LogType: ACCESS_LOGS, ResourceArn: !Sub 'arn:aws:cloudfront::1:distribution/\${Web}' }
  Delivery:
    Type: AWS::Logs::Delivery
    Properties: { DeliverySourceName: !Ref Source, DeliveryDestinationArn: arn:aws:logs:us-east-1:1:delivery-destination:d${fields === '' ? '' : `, ${fields}`} }`;
}

/** What logs keep of signatures. */
export const LOGS: Cases = {
  'a log of a site without signatures': {
    change: [
      ['        Enabled: true', '        Enabled: true\n        Logging: { Bucket: logs.s3.amazonaws.com }'],
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []'],
      ['Resources:', 'Outputs: { Keys: { Value: !Ref Group } }\nResources:'],
    ],
    finds: [],
  },
  'a delivery of every field': {
    change: [['Resources:', delivery('')]],
    finds: ['warning logs-hold-signatures Delivery.RecordFields'],
  },
  'a delivery without query and cookies': {
    change: [['Resources:', delivery('RecordFields: [date, cs-uri-stem]')]],
    finds: [],
  },
  'a standard log': {
    change: [
      ['        Enabled: true', '        Enabled: true\n        Logging: { Bucket: logs.s3.amazonaws.com }'],
    ],
    finds: ['warning logs-hold-signatures Web.DistributionConfig.Logging'],
  },
  'a standard log with cookies': {
    change: [
      [
        '        Enabled: true',
        '        Enabled: true\n        Logging: { Bucket: logs.s3.amazonaws.com, IncludeCookies: true }',
      ],
    ],
    finds: ['warning logs-hold-signatures Web.DistributionConfig.Logging.IncludeCookies'],
  },
  'a real-time log': {
    change: [
      ['TrustedKeyGroups', 'RealtimeLogConfigArn: !Ref Log\n            TrustedKeyGroups'],
      [
        'Resources:',
        'Resources:\n  Log:\n    Type: AWS::CloudFront::RealtimeLogConfig\n    Properties: { Name: l, Fields: [timestamp, cs-cookie] }',
      ],
    ],
    finds: ['warning logs-hold-signatures Log.Fields'],
  },
};

/** Plain HTTP. */
export const TRANSPORT: Cases = {
  'plain HTTP to the signed files': {
    change: [['https-only', 'allow-all']],
    finds: ['error http-allowed Web.DistributionConfig.CacheBehaviors[0].ViewerProtocolPolicy'],
  },
  'plain HTTP beside the signed files': {
    change: [['redirect-to-https', 'allow-all']],
    finds: ['error http-allowed Web.DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy'],
  },
  'a server behind plain HTTP': {
    change: [
      [
        '!GetAtt Media.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        'a.example.com, CustomOriginConfig: { OriginProtocolPolicy: http-only }',
      ],
    ],
    finds: ['warning http-allowed Web.DistributionConfig.Origins[0].CustomOriginConfig.OriginProtocolPolicy'],
  },
};
