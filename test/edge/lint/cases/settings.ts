import { rsaKey } from '../../../support/local-values.ts';
import { type Cases, CLEAN } from './templates.ts';

/** Cache keys and lifetimes. */
export const CACHING: Cases = {
  'a TTL of an hour, where policies live for an hour': { change: [], seconds: 3_600, finds: [] },
  'a TTL of two days, the older way': {
    change: [
      [
        'CachePolicyId: !Ref Cache',
        'DefaultTTL: 172800\n            ForwardedValues: { QueryString: false, Cookies: { Forward: none } }',
      ],
    ],
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].DefaultTTL'],
  },
  'everything in the key of a cache that keeps what the origin says': {
    change: [
      ['CookieBehavior: none', 'CookieBehavior: all'],
      ['DefaultTTL: 3600', 'DefaultTTL: 0'],
    ],
    finds: [],
  },
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
  'everything in the key of a cache that keeps for a second at least': {
    change: [
      ['CookieBehavior: none', 'CookieBehavior: all'],
      [
        'MinTTL: 0\n        DefaultTTL: 3600\n        MaxTTL: 31536000',
        'MinTTL: 1\n        DefaultTTL: 0\n        MaxTTL: 1',
      ],
    ],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'everything in the key of a cache that keeps for a second if the origin says nothing': {
    change: [
      ['CookieBehavior: none', 'CookieBehavior: all'],
      ['DefaultTTL: 3600\n        MaxTTL: 31536000', 'DefaultTTL: 1\n        MaxTTL: 1'],
    ],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'everything in the key of a cache that is never to keep': {
    change: [
      ['CookieBehavior: none', 'CookieBehavior: all'],
      ['MaxTTL: 31536000', 'MaxTTL: 0'],
    ],
    finds: [],
  },
  'every cookie but those of the signature': {
    change: [
      [
        'CookieBehavior: none',
        'CookieBehavior: allExcept, Cookies: [CloudFront-Policy, CloudFront-Signature, CloudFront-Key-Pair-Id, CloudFront-Expires]',
      ],
    ],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'every query but the signature': {
    change: [
      [
        'QueryStringBehavior: whitelist, QueryStrings: [v]',
        'QueryStringBehavior: allExcept, QueryStrings: [Policy, Signature, Key-Pair-Id, Expires, Hash-Algorithm]',
      ],
    ],
    finds: ['warning signing-defeats-cache Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
  },
  'browsers are told nothing': {
    change: [['private, max-age=900', 'private']],
    seconds: 0.5,
    finds: ['warning ttl-outlives-policy Web.DistributionConfig.CacheBehaviors[0].CachePolicyId'],
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
  'any origin of one protocol': {
    change: [["Items: ['https://app.example.com']", "Items: ['https://app.example.com', 'https://*']"]],
    finds: ['error cors-any-origin Headers.ResponseHeadersPolicyConfig.CorsConfig.AccessControlAllowOrigins'],
  },
  'any origin of one domain': {
    change: [
      [
        "Items: ['https://app.example.com']",
        "Items: ['https://*.example.com', 'https://a.*.com/', 'https://app-*']",
      ],
    ],
    finds: [],
  },
  'any origin and credentials, both by headers written out': {
    change: [
      ['AccessControlAllowCredentials: true', 'AccessControlAllowCredentials: false'],
      ["Items: ['https://app.example.com']", 'Items: []'],
      [
        'Items: [{ Header: Cache-Control',
        "Items: [{ Header: Access-Control-Allow-Origin, Value: '*', Override: true }, { Header: Access-Control-Allow-Credentials, Value: 'TRUE', Override: true }, { Header: Cache-Control",
      ],
    ],
    finds: ['error cors-any-origin Headers.ResponseHeadersPolicyConfig.CustomHeadersConfig'],
  },
  'a function allows one origin': {
    change: [
      [
        'function handler(event) { return event.response; }',
        `function handler(event) {
          event.response.headers['access-control-allow-origin'] = { value: 'https://app.example.com' };
          event.response.headers['access-control-allow-credentials'] = { value: 'true' };
          return event.response;
        }`,
      ],
    ],
    finds: [],
  },
  'a function allows any origin, without credentials': {
    change: [
      [
        'function handler(event) { return event.response; }',
        `function handler(event) {
          event.response.headers['access-control-allow-origin'] = { value: '*' };
          return event.response;
        }`,
      ],
    ],
    finds: [],
  },
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
          if (event.response.statusCode !== 200) return event.response;
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
  'a key that an output names in a text': {
    change: [
      ['Items: [!Ref Key]', 'Items: [!ImportValue other]'],
      ['Resources:', `Outputs: { Key: { Value: !Sub 'key \${Key}' } }\nResources:`],
    ],
    finds: [],
  },
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

function realTimeLog(fields: string): string {
  return `Resources:
  Log:
    Type: AWS::CloudFront::RealtimeLogConfig
    Properties: { Name: l, Fields: [${fields}] }`;
}

/** A distribution of files that no other has. */
const SECOND = `Resources:
  Second:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins: [{ Id: s, DomainName: other.s3.us-east-1.amazonaws.com, OriginAccessControlId: !Ref Access, S3OriginConfig: {} }]
        DefaultCacheBehavior: { TargetOriginId: s, TrustedKeyGroups: [!Ref Group], ViewerProtocolPolicy: https-only, CachePolicyId: !Ref Cache }`;

/** What logs keep of signatures. */
export const LOGS: Cases = {
  'a delivery of the query': {
    change: [['Resources:', delivery('RecordFields: [date, cs-uri-query]')]],
    finds: ['warning logs-hold-signatures Delivery.RecordFields'],
  },
  'a delivery of every field, by the name of its source': {
    change: [['Resources:', delivery('').replace('!Ref Source', 's')]],
    finds: ['warning logs-hold-signatures Delivery.RecordFields'],
  },
  'a delivery of another distribution': {
    change: [['Resources:', delivery('').replace(/distribution.\$\{Web\}/, 'distribution/E1')]],
    finds: [],
  },
  'a standard log that is turned off': {
    change: [['        Enabled: true', "        Enabled: true\n        Logging: { Bucket: '' }"]],
    finds: [],
  },
  'a real-time log, by its ARN': {
    change: [
      [
        'TrustedKeyGroups',
        'RealtimeLogConfigArn: arn:aws:cloudfront::1:realtime-log-config/l\n            TrustedKeyGroups',
      ],
      ['Resources:', realTimeLog('timestamp, cs-uri-query')],
    ],
    finds: ['warning logs-hold-signatures Log.Fields'],
  },
  'a real-time log of the time alone': {
    change: [
      ['TrustedKeyGroups', 'RealtimeLogConfigArn: !Ref Log\n            TrustedKeyGroups'],
      ['Resources:', realTimeLog('timestamp')],
    ],
    finds: [],
  },
  'a real-time log of the public site': {
    change: [
      ['TargetOriginId: site', 'TargetOriginId: site\n          RealtimeLogConfigArn: !Ref Log'],
      ['Resources:', realTimeLog('timestamp, cs-cookie')],
    ],
    finds: [],
  },
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
  'a delivery of one of two distributions with signatures': {
    change: [
      ['Resources:', delivery('')],
      ['Resources:', SECOND],
    ],
    finds: ['warning logs-hold-signatures Delivery.RecordFields'],
  },
  'a delivery of a distribution without signatures': {
    change: [
      ['Resources:', delivery('').replace('{Web}', '{Second}')],
      ['Resources:', SECOND.replace(/ TrustedKeyGroups: [^\n,]*,/, '')],
    ],
    finds: [],
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
      ['Resources:', realTimeLog('timestamp, cs-cookie')],
    ],
    finds: ['warning logs-hold-signatures Log.Fields'],
  },
};

/** Plain HTTP. */
export const TRANSPORT: Cases = {
  'plain HTTP to a site without signatures': {
    change: [
      ['redirect-to-https', 'allow-all'],
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []'],
      ['Resources:', 'Outputs: { Keys: { Value: !Ref Group } }\nResources:'],
    ],
    finds: ['warning http-allowed Web.DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy'],
  },
  'a server of the public site behind plain HTTP': {
    change: [
      [
        '!GetAtt Site.RegionalDomainName, OriginAccessControlId: !Ref Access, S3OriginConfig: {}',
        'a.example.com, CustomOriginConfig: { OriginProtocolPolicy: http-only }',
      ],
    ],
    finds: [],
  },
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
