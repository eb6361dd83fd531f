import type { Cases } from './templates.ts';

/** Which pages may read answers. */
export const CORS: Cases = {
  'any origin of one domain': {
    change: [
      [
        "Items: ['https://app.example.com']",
        "Items: ['https://*.example.com', 'https://a.*.com/', 'https://app-*']",
      ],
    ],
    finds: [],
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

/** Plain HTTP. */
export const TRANSPORT: Cases = {
  'plain HTTP to a site without signatures': {
    change: [
      ['redirect-to-https', 'allow-all'],
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []'],
      ['Resources:', 'Outputs: { Keys: { Value: !Ref Group } }\nResources:'],
    ],
    finds: [],
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
